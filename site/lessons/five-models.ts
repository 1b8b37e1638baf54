import { POLLIN } from "../../src/constants.ts";
import type { Lesson } from "./contract.ts";

const SILENT = 1;
const SECOND = 2;
const SILENT_FD = 4;

/** A poll of one socket, without a timeout, is a blocking recv: it waits for that socket alone. */
export const fiveModels: Lesson = {
  id: "five-models",
  chapter: "2-five-models",
  panes: ["models", "sockets", "log"],
  network: { bufferSize: 64 },
  actions: [
    { call: "listen" },
    { call: "connect", fd: 3 },
    { call: "accept", fd: 3 },
    { call: "connect", fd: 3 },
    { call: "poll", fds: [[SILENT_FD, POLLIN]], timeout: -1 },
    { call: "client_send", client: SECOND, length: 5 },
    { call: "advance", ms: 1000 },
    { call: "client_close", client: SILENT },
    { call: "recv", fd: SILENT_FD },
    { call: "close", fd: SILENT_FD },
    { call: "accept", fd: 3 },
    { call: "recv", fd: SILENT_FD },
  ],
  ask: 5,
  moments: [
    { step: 6, text: { en: "The second client's bytes wake nobody.", zh: "第二个客户端的数据没有唤醒任何人。" } },
    { step: 9, text: { en: "The first client leaves, and the call returns.", zh: "第一个客户端离开，调用返回。" } },
    { step: 13, text: { en: "Now the second client is read.", zh: "这时才读到第二个客户端的数据。" } },
  ],
  exercises: [],
};
