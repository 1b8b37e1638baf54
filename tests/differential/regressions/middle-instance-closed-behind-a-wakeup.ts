import { EPOLL_CTL_ADD, EPOLLET, EPOLLIN, EPOLLOUT } from "../../../src/constants.ts";
import type { Comparison } from "../comparison.ts";

export default function (both: Comparison): void {
  both.create("e0");
  both.create("e1");
  both.create("e2");
  both.pair("s3", "s4");
  both.pair("s5", "s6");
  both.ctl("e1", EPOLL_CTL_ADD, "e2", EPOLLIN);
  both.ctl("e2", EPOLL_CTL_ADD, "s3", EPOLLIN);
  both.ctl("e0", EPOLL_CTL_ADD, "e1", EPOLLET | EPOLLIN);
  both.ctl("e1", EPOLL_CTL_ADD, "s5", EPOLLIN | EPOLLOUT);
  both.wait("e0", 64);
  both.send("s4", 1);
  both.closeEpoll("e2");
  both.wait("e0", 64); // how many: the kernel [e1 0x1], ours []
}
