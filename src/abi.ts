/** The exports of core.wasm, as docs/abi.md describes them. Structures are in assembly/abi/. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  /** Addresses of the tables of assembly/abi/engine.ts. */
  readonly pollux_instances: { readonly value: number };
  readonly pollux_descriptors: { readonly value: number };
  pollux_epoll_create(): number;
  pollux_epoll_ctl(epfd: number, op: number, fd: number, events: number, data: bigint): number;
  pollux_epoll_wait(epfd: number, events: number, most: number, timeout: number): number;
  pollux_epoll_sleep(epfd: number): number;
  pollux_epoll_last_delivery(epfd: number): bigint;
  pollux_deliveries(): number;
  pollux_epoll_is_current(epfd: number, fd: number, delivery: bigint): number;
  pollux_take(): number;
  pollux_poll(fds: number, count: number, timeout: number): number;
  pollux_poll_arm(fds: number, count: number): number;
  pollux_select(count: number, readers: number, writers: number, exceptions: number, timeout: number): number;
  pollux_select_arm(count: number, readers: number, writers: number, exceptions: number): number;
  pollux_select_beside(fds: number, count: number): void;
  pollux_select_limit(descriptors: number): void;
  pollux_close(fd: number): number;
  pollux_forget(fd: number): void;
  pollux_drained(fd: number, bits: number): void;
  pollux_fell_short(fd: number, bits: number): void;
  pollux_rearm(fd: number): void;
  pollux_capabilities(): number;
  pollux_alloc(size: number): number;
  pollux_free(address: number): void;
}
