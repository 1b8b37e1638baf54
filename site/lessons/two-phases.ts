import type { Lesson } from "./contract.ts";

const CLIENT = 1;
const FD = 4;

/** Bytes arrive, and the sender leaves, before anything is read. */
export const twoPhases: Lesson = {
  id: "two-phases",
  chapter: "1-two-phases",
  panes: ["sockets", "code", "log"],
  network: { bufferSize: 64 },
  actions: [
    { call: "listen" },
    { call: "connect", fd: 3 },
    { call: "accept", fd: 3 },
    { call: "recv", fd: FD, length: 3 },
    { call: "client_send", client: CLIENT, length: 5 },
    { call: "client_close", client: CLIENT },
    { call: "recv", fd: FD, length: 3 },
    { call: "recv", fd: FD, length: 3 },
    { call: "recv", fd: FD, length: 3 },
  ],
  ask: 6,
  moments: [
    { step: 4, text: { en: "Nothing has arrived: EAGAIN.", zh: "什么都没到达：EAGAIN。" } },
    {
      step: 6,
      text: { en: "Five bytes are in the kernel, and the sender is gone.", zh: "内核里有五个字节，发送方已经离开。" },
    },
    { step: 8, text: { en: "Two calls have copied all of them.", zh: "两次调用把它们全部复制完。" } },
    { step: 9, text: { en: "0 is the end of the stream.", zh: "返回 0：流已结束。" } },
  ],
  exercises: [],
};
