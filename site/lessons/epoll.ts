import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import { EPOLLIN } from "../../src/constants.ts";
import type { Lesson } from "./contract.ts";

const LISTENER = 3;
const EP = INSTANCE_FD_BASE;
const [FIRST, SECOND] = [4, 5];

/** 1,000 watches, of which two wake up. */
export const epollLesson: Lesson = {
  id: "epoll",
  chapter: "5-epoll",
  panes: ["instance", "sockets", "memory", "code", "log", "costs"],
  network: { bufferSize: 64 },
  actions: [
    { call: "listen" },
    { call: "connect", fd: LISTENER },
    { call: "accept", fd: LISTENER },
    { call: "connect", fd: LISTENER },
    { call: "accept", fd: LISTENER },
    { call: "epoll_create" },
    { call: "epoll_ctl", ep: EP, op: "add", fd: FIRST, events: EPOLLIN },
    { call: "epoll_ctl", ep: EP, op: "add", fd: SECOND, events: EPOLLIN },
    { call: "crowd", count: 998, ep: EP },
    { call: "epoll_wait", ep: EP, most: 8, timeout: 0 },
    { call: "client_send", client: 2, length: 5 },
    { call: "client_send", client: 1, length: 5 },
    { call: "epoll_wait", ep: EP, most: 8, timeout: 0 },
    { call: "recv", fd: SECOND },
    { call: "recv", fd: FIRST },
    { call: "epoll_wait", ep: EP, most: 8, timeout: 0 },
  ],
  ask: 10,
  moments: [
    {
      step: 11,
      text: { en: "A byte arrives, and its watch is on the ready list.", zh: "字节到达，监视项挂上就绪链表。" },
    },
    {
      step: 13,
      text: { en: "The wait returns the list, in the order of arrival.", zh: "等待按到达顺序返回链表上的两项。" },
    },
    {
      step: 16,
      text: {
        en: "All is read: nothing is reported, and nothing was scanned.",
        zh: "都读完了：没有报告，也没有扫描。",
      },
    },
  ],
  exercises: [],
};
