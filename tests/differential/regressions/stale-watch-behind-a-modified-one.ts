import { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLLET, EPOLLIN, EPOLLOUT } from "../../../src/constants.ts";
import type { Comparison } from "../comparison.ts";

/** `interest`: of the modified watch. */
function play(both: Comparison, interest: number, first: number): void {
  const [outer, middle, inner] = [`e${first}`, `e${first + 1}`, `e${first + 2}`];
  const [far, near, , ready] = [3, 4, 5, 6].map((number) => `s${first + number}`);
  both.create(outer);
  both.create(middle);
  both.create(inner);
  both.pair(far, near);
  both.pair(`s${first + 5}`, ready);
  both.ctl(outer, EPOLL_CTL_ADD, middle, EPOLLIN | EPOLLOUT);
  both.ctl(middle, EPOLL_CTL_ADD, inner, EPOLLET | EPOLLIN | EPOLLOUT);
  both.ctl(inner, EPOLL_CTL_ADD, near, EPOLLET | EPOLLIN | EPOLLOUT);
  both.ctl(middle, EPOLL_CTL_ADD, ready, EPOLLET | EPOLLIN | EPOLLOUT);
  both.wait(inner, 64);
  both.ctl(outer, EPOLL_CTL_MOD, middle, interest);
  both.fill(far);
  both.wait(middle, 64); // order: the kernel [ready 0x4, inner 0x1], ours [inner 0x1, ready 0x4]
}

export default function (both: Comparison): void {
  play(both, EPOLLIN | EPOLLOUT, 0);
  play(both, EPOLLOUT, 10);
}
