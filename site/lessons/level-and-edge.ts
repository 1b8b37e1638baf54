import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import { EPOLLET, EPOLLIN } from "../../src/constants.ts";
import type { Action } from "../session/actions.ts";
import type { Lesson } from "./contract.ts";

const LISTENER = 3;
const FD = 4;
const CLIENT = 1;
const LEVEL = INSTANCE_FD_BASE;
const EDGE = INSTANCE_FD_BASE + 1;

const waitOnBoth: readonly Action[] = [
  { call: "epoll_wait", ep: LEVEL, most: 8, timeout: 0 },
  { call: "epoll_wait", ep: EDGE, most: 8, timeout: 0 },
];

/** Two instances watch one socket: the program of the chapter, call by call. */
export const levelAndEdge: Lesson = {
  id: "level-and-edge",
  chapter: "6-level-and-edge",
  panes: ["instance", "sockets", "memory", "code", "log"],
  network: { bufferSize: 64 },
  actions: [
    { call: "listen" },
    { call: "connect", fd: LISTENER },
    { call: "accept", fd: LISTENER },
    { call: "epoll_create" },
    { call: "epoll_create" },
    { call: "epoll_ctl", ep: LEVEL, op: "add", fd: FD, events: EPOLLIN },
    { call: "epoll_ctl", ep: EDGE, op: "add", fd: FD, events: EPOLLIN | EPOLLET },
    { call: "client_send", client: CLIENT, length: 10 },
    ...waitOnBoth,
    ...waitOnBoth,
    { call: "recv", fd: FD, length: 4 },
    ...waitOnBoth,
    { call: "client_send", client: CLIENT, length: 1 },
    ...waitOnBoth,
    { call: "recv", fd: FD },
    ...waitOnBoth,
  ],
  ask: 10,
  moments: [
    {
      step: 8,
      text: { en: "Ten bytes: both watches are on their ready lists.", zh: "十个字节：两个监视项都在就绪链表上。" },
    },
    {
      step: 12,
      text: { en: "Nothing was read: level again, no edge.", zh: "什么都没读：水平触发再次报告，边缘触发没有。" },
    },
    { step: 15, text: { en: "Six bytes remain, and the edge is silent.", zh: "还剩六个字节，边缘触发不再通知。" } },
    { step: 18, text: { en: "One byte more is a new edge.", zh: "再来一个字节，就是新的边缘。" } },
    { step: 21, text: { en: "All is read: both are idle.", zh: "全部读完：两者都空闲。" } },
  ],
  exercises: [],
};
