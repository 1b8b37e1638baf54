import { EPOLL_CTL_ADD, EPOLLEXCLUSIVE, EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLWAKEUP } from "../../../src/constants.ts";
import type { Comparison } from "../comparison.ts";

export default function (both: Comparison): void {
  both.create("e0");
  both.listen("s3");
  both.connect("s1", "s3");
  both.accept("s2", "s3");
  both.ctl("e0", EPOLL_CTL_ADD, "s2", EPOLLWAKEUP);
  both.pair("s4", "s5");
  both.close("s1", true);
  both.ctl("e0", EPOLL_CTL_ADD, "s3", EPOLLEXCLUSIVE | EPOLLIN | EPOLLOUT | EPOLLRDHUP);
  both.send("s2", 1);
  both.wait("e0", 64); // which: the kernel [s2 0x10], ours [s2 0x18]
}
