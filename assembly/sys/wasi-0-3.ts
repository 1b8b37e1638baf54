// @ts-nocheck
/**
 * The raw imports of a WASI 0.3 host: the canonical ABI's core names and signatures of the interfaces in `component-0-3.wit`.
 *
 * As in `wasi-0-2.ts`, only `@external` can have these names, so this file is neither type-checked nor linted; asc
 * checks it.
 *
 * A resource, an end of a stream or future, a subtask and a waitable set are handles above 0, from one table. `result`
 * is the address for a result that does not fit into one number (`wasip3/results.ts`). A function of a stream or future
 * is named after the function whose signature has its type: `[stream-read-0]` reads the first such type in it,
 * `[future-read-1]` the second one. `[async-lower]` calls return at once, with BLOCKED if they are still under way.
 */

// wasi:cli/environment
@external("wasi:cli/environment@0.3.0", "get-arguments")
export declare function get_arguments(result: usize): void;

@external("wasi:cli/environment@0.3.0", "get-environment")
export declare function get_environment(result: usize): void;

// wasi:cli/exit
@external("wasi:cli/exit@0.3.0", "exit-with-code")
export declare function exit_with_code(status: u32): void;

// wasi:cli/stderr
@external("wasi:cli/stderr@0.3.0", "write-via-stream")
export declare function stderr_write_via_stream(readable: i32): i32;
@external("wasi:cli/stderr@0.3.0", "[stream-new-0]write-via-stream")
export declare function stderr_stream_new(): u64;
@external("wasi:cli/stderr@0.3.0", "[async-lower][stream-write-0]write-via-stream")
export declare function stderr_stream_write(writable: i32, bytes: usize, length: u32): i32;
@external("wasi:cli/stderr@0.3.0", "[stream-drop-writable-0]write-via-stream")
export declare function stderr_stream_drop(writable: i32): void;
@external("wasi:cli/stderr@0.3.0", "[future-drop-readable-1]write-via-stream")
export declare function stderr_future_drop(future: i32): void;

// wasi:cli/stdin: a stream of bytes, as `receive` returns, with a future of another type
@external("wasi:cli/stdin@0.3.0", "read-via-stream")
export declare function stdin_read_via_stream(result: usize): void;
@external("wasi:cli/stdin@0.3.0", "[async-lower][future-read-1]read-via-stream")
export declare function stdin_future_read(future: i32, result: usize): i32;
@external("wasi:cli/stdin@0.3.0", "[future-cancel-read-1]read-via-stream")
export declare function stdin_future_cancel_read(future: i32): i32;
@external("wasi:cli/stdin@0.3.0", "[future-drop-readable-1]read-via-stream")
export declare function stdin_future_drop(future: i32): void;

// wasi:cli/stdout
@external("wasi:cli/stdout@0.3.0", "write-via-stream")
export declare function stdout_write_via_stream(readable: i32): i32;
@external("wasi:cli/stdout@0.3.0", "[stream-new-0]write-via-stream")
export declare function stdout_stream_new(): u64;
@external("wasi:cli/stdout@0.3.0", "[async-lower][stream-write-0]write-via-stream")
export declare function stdout_stream_write(writable: i32, bytes: usize, length: u32): i32;
@external("wasi:cli/stdout@0.3.0", "[stream-drop-writable-0]write-via-stream")
export declare function stdout_stream_drop(writable: i32): void;
@external("wasi:cli/stdout@0.3.0", "[future-drop-readable-1]write-via-stream")
export declare function stdout_future_drop(future: i32): void;

// wasi:clocks/monotonic-clock
@external("wasi:clocks/monotonic-clock@0.3.0", "now")
export declare function now(): u64;
@external("wasi:clocks/monotonic-clock@0.3.0", "[async-lower]wait-for")
export declare function wait_for(nanoseconds: u64): i32;

// wasi:clocks/system-clock
@external("wasi:clocks/system-clock@0.3.0", "now")
export declare function system_clock_now(result: usize): void;

// wasi:random/random
@external("wasi:random/random@0.3.0", "get-random-u64")
export declare function get_random_u64(): u64;

// wasi:sockets/types
@external("wasi:sockets/types@0.3.0", "[static]tcp-socket.create")
export declare function tcp_socket_create(family: u32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.bind")
export declare function tcp_socket_bind(
  socket: i32,
  kind: u32,
  port: u32,
  a: u32,
  b: u32,
  c: u32,
  d: u32,
  e: u32,
  f: u32,
  g: u32,
  h: u32,
  i: u32,
  j: u32,
  result: usize,
): void;
@external("wasi:sockets/types@0.3.0", "[async-lower][method]tcp-socket.connect")
export declare function tcp_socket_connect(parameters: usize, result: usize): i32;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.listen")
export declare function tcp_socket_listen(socket: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.receive")
export declare function tcp_socket_receive(socket: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.send")
export declare function tcp_socket_send(socket: i32, readable: i32): i32;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-local-address")
export declare function tcp_socket_get_local_address(socket: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-remote-address")
export declare function tcp_socket_get_remote_address(socket: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-listen-backlog-size")
export declare function tcp_socket_set_listen_backlog_size(socket: i32, size: u64, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-keep-alive-enabled")
export declare function tcp_socket_set_keep_alive_enabled(socket: i32, on: u32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[resource-drop]tcp-socket")
export declare function tcp_socket_drop(socket: i32): void;

@external("wasi:sockets/types@0.3.0", "[static]udp-socket.create")
export declare function udp_socket_create(family: u32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.bind")
export declare function udp_socket_bind(
  socket: i32,
  kind: u32,
  port: u32,
  a: u32,
  b: u32,
  c: u32,
  d: u32,
  e: u32,
  f: u32,
  g: u32,
  h: u32,
  i: u32,
  j: u32,
  result: usize,
): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.connect")
export declare function udp_socket_connect(
  socket: i32,
  kind: u32,
  port: u32,
  a: u32,
  b: u32,
  c: u32,
  d: u32,
  e: u32,
  f: u32,
  g: u32,
  h: u32,
  i: u32,
  j: u32,
  result: usize,
): void;
@external("wasi:sockets/types@0.3.0", "[async-lower][method]udp-socket.send")
export declare function udp_socket_send(parameters: usize, result: usize): i32;
@external("wasi:sockets/types@0.3.0", "[async-lower][method]udp-socket.receive")
export declare function udp_socket_receive(socket: i32, result: usize): i32;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.get-local-address")
export declare function udp_socket_get_local_address(socket: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.get-remote-address")
export declare function udp_socket_get_remote_address(socket: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[resource-drop]udp-socket")
export declare function udp_socket_drop(socket: i32): void;

// the stream of a listener's connections
@external("wasi:sockets/types@0.3.0", "[async-lower][stream-read-0][method]tcp-socket.listen")
export declare function listen_stream_read(readable: i32, handles: usize, count: u32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-cancel-read-0][method]tcp-socket.listen")
export declare function listen_stream_cancel_read(readable: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-drop-readable-0][method]tcp-socket.listen")
export declare function listen_stream_drop_readable(readable: i32): void;

// the stream of received bytes, and the future that says how it ended
@external("wasi:sockets/types@0.3.0", "[async-lower][stream-read-0][method]tcp-socket.receive")
export declare function receive_stream_read(readable: i32, bytes: usize, length: u32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-cancel-read-0][method]tcp-socket.receive")
export declare function receive_stream_cancel_read(readable: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-drop-readable-0][method]tcp-socket.receive")
export declare function receive_stream_drop_readable(readable: i32): void;
@external("wasi:sockets/types@0.3.0", "[async-lower][future-read-1][method]tcp-socket.receive")
export declare function receive_future_read(future: i32, result: usize): i32;
@external("wasi:sockets/types@0.3.0", "[future-cancel-read-1][method]tcp-socket.receive")
export declare function receive_future_cancel_read(future: i32): i32;
@external("wasi:sockets/types@0.3.0", "[future-drop-readable-1][method]tcp-socket.receive")
export declare function receive_future_drop(future: i32): void;

// the stream of sent bytes
@external("wasi:sockets/types@0.3.0", "[stream-new-0][method]tcp-socket.send")
export declare function send_stream_new(): u64;
@external("wasi:sockets/types@0.3.0", "[async-lower][stream-write-0][method]tcp-socket.send")
export declare function send_stream_write(writable: i32, bytes: usize, length: u32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-cancel-write-0][method]tcp-socket.send")
export declare function send_stream_cancel_write(writable: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-drop-writable-0][method]tcp-socket.send")
export declare function send_stream_drop_writable(writable: i32): void;
@external("wasi:sockets/types@0.3.0", "[future-drop-readable-1][method]tcp-socket.send")
export declare function send_future_drop(future: i32): void;

// the component model's own
@external("$root", "[waitable-set-new]")
export declare function waitable_set_new(): i32;
@external("$root", "[waitable-join]")
export declare function waitable_join(waitable: i32, set: i32): void;
@external("$root", "[waitable-set-wait]")
export declare function waitable_set_wait(set: i32, event: usize): u32;
@external("$root", "[waitable-set-poll]")
export declare function waitable_set_poll(set: i32, event: usize): u32;
@external("$root", "[subtask-cancel]")
export declare function subtask_cancel(subtask: i32): u32;
@external("$root", "[subtask-drop]")
export declare function subtask_drop(subtask: i32): void;
@external("$root", "[thread-yield]")
export declare function thread_yield(): u32;
