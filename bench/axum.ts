/**
 * The axum benchmark: Rust's axum, under `pollux run` and under wasmtime 46, the last that has listeners for modules. hyper
 * writes an answer in two parts, head and body. One connection alone is not measured: wasmtime fails the whole poll (EIO) when
 * a connection is reset, as the load's are at its end, and tokio panics at that.
 */
import { pinned } from "../runtimes/pins.ts";
import { httpServers } from "./http-servers.ts";

const GUEST = "tests/real/built/rust-release/axum-server.wasm";
const { program, version, missing } = pinned("wasmtime-46");

export const axum = httpServers({
  name: "axum",
  summary: "a Rust program: axum, whose answers are of two parts, under pollux run and under wasmtime 46",
  title: "Rust's axum, hello: requests per second, relative to wasmtime",
  guest: GUEST,
  build: "npm run build:guests -- --release",
  loads: [{ name: "many", title: "50 connections", connections: 50 }],
  pollux: new Map([
    ["pollux run", []],
    ["pollux run, net driver", ["--driver", "net"]],
  ]),
  yardstick: {
    name: "wasmtime",
    version,
    missing,
    command: (port) => [program, "run", "-S", "preview2=n", "-S", `tcplisten=127.0.0.1:${port}`, GUEST],
  },
});
