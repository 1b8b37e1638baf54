/** The raw imports, named as in the witx. The file's name is the import module's. */
export declare function args_get(argv: usize, buffer: usize): u32;
export declare function args_sizes_get(count: usize, size: usize): u32;
export declare function environ_get(environ: usize, buffer: usize): u32;
export declare function environ_sizes_get(count: usize, size: usize): u32;
export declare function clock_time_get(clock: u32, precision: u64, time: usize): u32;
export declare function fd_close(fd: i32): u32;
export declare function fd_fdstat_get(fd: i32, stat: usize): u32;
export declare function fd_fdstat_set_flags(fd: i32, flags: u32): u32;
export declare function fd_read(fd: i32, iovs: usize, count: u32, read: usize): u32;
export declare function fd_write(fd: i32, iovs: usize, count: u32, written: usize): u32;
export declare function poll_oneoff(subscriptions: usize, events: usize, count: u32, delivered: usize): u32;
export declare function proc_exit(status: u32): void;
export declare function proc_raise(signal: u32): u32;
export declare function random_get(buffer: usize, length: u32): u32;
export declare function sock_accept(fd: i32, flags: u32, accepted: usize): u32;
export declare function sock_recv(fd: i32, iovs: usize, count: u32, flags: u32, read: usize, outFlags: usize): u32;
export declare function sock_send(fd: i32, iovs: usize, count: u32, flags: u32, written: usize): u32;
export declare function sock_shutdown(fd: i32, how: u32): u32;

// WasmEdge's socket extension. Not every host has it; a program that does not call it does not import it.
export declare function sock_open(family: u32, type: u32, opened: usize): u32;
export declare function sock_bind(fd: i32, address: usize, port: u32): u32;
export declare function sock_connect(fd: i32, address: usize, port: u32): u32;
export declare function sock_getlocaladdr(fd: i32, address: usize, family: usize, port: usize): u32;
export declare function sock_getpeeraddr(fd: i32, address: usize, family: usize, port: usize): u32;
export declare function sock_getsockopt(fd: i32, level: u32, name: u32, value: usize, length: usize): u32;
export declare function sock_setsockopt(fd: i32, level: u32, name: u32, value: usize, length: u32): u32;
export declare function sock_send_to(
  fd: i32,
  iovs: usize,
  count: u32,
  address: usize,
  port: u32,
  flags: u32,
  written: usize,
): u32;
export declare function sock_recv_from_v2(
  fd: i32,
  iovs: usize,
  count: u32,
  address: usize,
  flags: u32,
  port: usize,
  read: usize,
  outFlags: usize,
): u32;
