import { POLLIN } from "../../src/constants.ts";
import type { Action } from "../session/actions.ts";
import type { Lesson } from "./contract.ts";

const LISTENER = 3;
const [FIRST, SECOND, THIRD] = [4, 5, 6];
const poll: Action = {
  call: "poll",
  fds: [
    [FIRST, POLLIN],
    [SECOND, POLLIN],
    [THIRD, POLLIN],
  ],
  timeout: 0,
};

/** The same array twice: what is unread is reported again. */
export const pollLesson: Lesson = {
  id: "poll",
  chapter: "4-poll",
  panes: ["sockets", "code", "log", "costs"],
  network: { bufferSize: 64 },
  actions: [
    { call: "listen" },
    ...[FIRST, SECOND, THIRD].flatMap((): Action[] => [
      { call: "connect", fd: LISTENER },
      { call: "accept", fd: LISTENER },
    ]),
    { call: "client_send", client: 1, length: 5 },
    { call: "client_close", client: 2 },
    poll,
    poll,
    { call: "recv", fd: FIRST },
    { call: "close", fd: SECOND },
    poll,
  ],
  ask: 10,
  moments: [
    {
      step: 10,
      text: {
        en: "One has data, one has ended: both are readable.",
        zh: "一个有数据，一个已结束：两个都可读。",
      },
    },
    { step: 11, text: { en: "Nothing was read, so the answer is the same.", zh: "什么都没读，所以答案不变。" } },
    { step: 14, text: { en: "A closed descriptor in the array is NVAL.", zh: "数组里已关闭的描述符报告为 NVAL。" } },
  ],
  exercises: [],
};
