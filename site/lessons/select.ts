import type { Action } from "../session/actions.ts";
import type { Lesson } from "./contract.ts";

const CLIENTS = [1, 2, 3, 4, 5, 6, 7, 8];
const LISTENER = 3;
const FDS = CLIENTS.map((client) => LISTENER + client);
const select: Action = { call: "select", readers: [LISTENER, ...FDS], writers: [], timeout: 0 };

/** Some clients have sent, and one has left: select says which are readable. */
export const selectLesson: Lesson = {
  id: "select",
  chapter: "3-select",
  panes: ["sockets", "code", "log", "costs"],
  network: { bufferSize: 64 },
  actions: [
    { call: "listen" },
    ...CLIENTS.flatMap((): Action[] => [
      { call: "connect", fd: LISTENER },
      { call: "accept", fd: LISTENER },
    ]),
    { call: "recv", fd: FDS[7] },
    { call: "client_send", client: 2, length: 5 },
    { call: "client_send", client: 5, length: 5 },
    { call: "client_close", client: 7 },
    select,
    { call: "recv", fd: FDS[6] },
    { call: "recv", fd: FDS[1] },
    select,
  ],
  ask: 21,
  moments: [
    { step: 18, text: { en: "recv straight after accept: EAGAIN.", zh: "accept 之后立刻 recv：EAGAIN。" } },
    {
      step: 22,
      text: { en: "One call, eight sockets checked, three are readable.", zh: "一次调用检查八个 socket，三个可读。" },
    },
    {
      step: 23,
      text: { en: "The client that left is readable: 0, the end.", zh: "离开的客户端是可读的：返回 0，流已结束。" },
    },
  ],
  exercises: [],
};
