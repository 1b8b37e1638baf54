import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import { EPOLLET, EPOLLIN } from "../../src/constants.ts";
import type { Lesson } from "./contract.ts";

const LISTENER = 3;
const FD = 4;
const CLIENT = 1;
const EP = INSTANCE_FD_BASE;

/** A server that reads once for each edge, and sleeps on unread bytes. */
export const repair: Lesson = {
  id: "repair",
  chapter: "7-repair",
  panes: ["repair", "instance", "sockets", "log"],
  network: { bufferSize: 64 },
  actions: [
    { call: "listen" },
    { call: "connect", fd: LISTENER },
    { call: "accept", fd: LISTENER },
    { call: "epoll_create" },
    { call: "epoll_ctl", ep: EP, op: "add", fd: FD, events: EPOLLIN | EPOLLET },
    { call: "client_send", client: CLIENT, length: 10 },
    { call: "epoll_wait", ep: EP, most: 8, timeout: -1 },
    { call: "recv", fd: FD, length: 4 },
    { call: "send", fd: FD, length: 4 },
    { call: "epoll_wait", ep: EP, most: 8, timeout: -1 },
    { call: "epoll_ctl", ep: EP, op: "mod", fd: FD, events: EPOLLIN | EPOLLET },
  ],
  ask: 9,
  moments: [
    {
      step: 10,
      text: { en: "Six bytes are unread, and the server sleeps.", zh: "还有六个字节没读，服务器却睡着了。" },
    },
    {
      step: 12,
      text: {
        en: "EPOLL_CTL_MOD looks at the socket again, and the wait returns.",
        zh: "EPOLL_CTL_MOD 重新检查 socket，等待返回。",
      },
    },
  ],
  exercises: ["drain", "starvation", "herd"],
};
