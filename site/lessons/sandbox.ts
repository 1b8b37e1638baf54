import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import { EPOLLIN, EPOLLONESHOT } from "../../src/constants.ts";
import type { Lesson } from "./contract.ts";

const LISTENER = 3;
const FD = 4;
const CLIENT = 1;
const EP = INSTANCE_FD_BASE;

/** All panes, and a one-shot watch to begin with. */
export const sandbox: Lesson = {
  id: "sandbox",
  chapter: "8-sandbox",
  panes: ["sockets", "instance", "memory", "code", "log"],
  network: { bufferSize: 64 },
  actions: [
    { call: "listen" },
    { call: "connect", fd: LISTENER },
    { call: "accept", fd: LISTENER },
    { call: "epoll_create" },
    { call: "epoll_ctl", ep: EP, op: "add", fd: FD, events: EPOLLIN | EPOLLONESHOT },
    { call: "client_send", client: CLIENT, length: 10 },
    { call: "epoll_wait", ep: EP, most: 8, timeout: 0 },
    { call: "recv", fd: FD },
    { call: "client_send", client: CLIENT, length: 5 },
    { call: "epoll_wait", ep: EP, most: 8, timeout: -1 },
    { call: "epoll_ctl", ep: EP, op: "mod", fd: FD, events: EPOLLIN | EPOLLONESHOT },
  ],
  ask: 9,
  moments: [
    {
      step: 10,
      text: { en: "Five bytes, a silent watch, and the program sleeps.", zh: "有五个字节，监视项却沉默，程序睡着了。" },
    },
    {
      step: 12,
      text: {
        en: "EPOLL_CTL_MOD arms the watch again, and the wait returns.",
        zh: "EPOLL_CTL_MOD 重新启用监视项，等待返回。",
      },
    },
  ],
  exercises: [],
};
