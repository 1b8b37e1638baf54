import { EPOLL_CTL_ADD, EPOLLEXCLUSIVE, EPOLLIN } from "../../../src/constants.ts";
import type { Comparison } from "../comparison.ts";

export default function (both: Comparison): void {
  both.create("e0");
  both.create("e1");
  both.pair("s2", "s3");
  both.ctl("e0", EPOLL_CTL_ADD, "s2", EPOLLIN);
  both.ctl("e1", EPOLL_CTL_ADD, "s2", EPOLLEXCLUSIVE | EPOLLIN);
  both.send("s3", 1);
  both.ctl("e1", EPOLL_CTL_ADD, "e0", EPOLLIN);
  both.wait("e1", 64); // order: the kernel [s2 0x1, e0 0x1], ours [e0 0x1, s2 0x1]
}
