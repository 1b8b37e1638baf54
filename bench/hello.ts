/** The hello benchmark: Go's net/http, under `pollux run` and under wazero. `busy` is about fairness. */
import { pinned } from "../runtimes/pins.ts";
import { httpServers } from "./http-servers.ts";

const GUEST = "tests/guests/built/go/hello.wasm";
const { program, version, missing } = pinned("wazero");

export const hello = httpServers({
  name: "hello",
  summary: "a Go program: net/http under pollux run, and under wazero",
  title: "Go's net/http, hello: requests per second, relative to wazero",
  guest: GUEST,
  build: "npm run build:guests",
  loads: [
    { name: "many", title: "50 connections", connections: 50 },
    { name: "busy", title: "100 connections", connections: 100 },
  ],
  pollux: new Map([["pollux run", []]]),
  yardstick: {
    name: "wazero",
    version,
    missing,
    command: (port) => [program, "run", `-listen=127.0.0.1:${port}`, GUEST],
  },
});
