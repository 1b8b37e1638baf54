import { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLLET, EPOLLIN, EPOLLOUT } from "../../../src/constants.ts";
import type { Comparison } from "../comparison.ts";

export default function (both: Comparison): void {
  both.create("e1");
  both.create("e2");
  both.create("e9");
  both.pair("s6", "s7");
  both.pair("s10", "s11");
  both.ctl("e1", EPOLL_CTL_ADD, "e2", EPOLLIN | EPOLLOUT);
  both.ctl("e2", EPOLL_CTL_ADD, "e9", EPOLLET | EPOLLIN | EPOLLOUT);
  both.ctl("e9", EPOLL_CTL_ADD, "s7", EPOLLET | EPOLLIN | EPOLLOUT);
  both.ctl("e2", EPOLL_CTL_ADD, "s10", EPOLLET | EPOLLIN | EPOLLOUT);
  both.wait("e9", 64);
  both.ctl("e1", EPOLL_CTL_MOD, "e2", EPOLLOUT);
  both.fill("s6");
  both.wait("e2", 64);
}
