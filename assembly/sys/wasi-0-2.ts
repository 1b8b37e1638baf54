// @ts-nocheck
/**
 * The raw imports of a WASI 0.2 host: the canonical ABI's core names and signatures of the interfaces in `component.wit`.
 *
 * Only `@external` can have these names: a file named `wasi:sockets/tcp@0.2.0.ts` cannot be checked out on Windows, and
 * `[method]tcp-socket.accept` is no identifier. TypeScript and Biome do not know decorators of functions, so this file
 * is neither type-checked nor linted; asc checks it, and TypeScript checks its uses.
 *
 * A resource is a handle above 0. `result` is the address for a result that does not fit into one number
 * (`wasip2/results.ts`). The version is the first of 0.2: all hosts of 0.2 provide it.
 */

// wasi:cli/environment
@external("wasi:cli/environment@0.2.0", "get-arguments")
export declare function get_arguments(result: usize): void;

@external("wasi:cli/environment@0.2.0", "get-environment")
export declare function get_environment(result: usize): void;

// wasi:cli/exit
@external("wasi:cli/exit@0.2.0", "exit")
export declare function exit(failed: u32): void;

// wasi:cli/stderr
@external("wasi:cli/stderr@0.2.0", "get-stderr")
export declare function get_stderr(): i32;

// wasi:cli/stdin
@external("wasi:cli/stdin@0.2.0", "get-stdin")
export declare function get_stdin(): i32;

// wasi:cli/stdout
@external("wasi:cli/stdout@0.2.0", "get-stdout")
export declare function get_stdout(): i32;

// wasi:clocks/monotonic-clock
@external("wasi:clocks/monotonic-clock@0.2.0", "now")
export declare function now(): u64;
@external("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration")
export declare function subscribe_duration(nanoseconds: u64): i32;

// wasi:clocks/wall-clock
@external("wasi:clocks/wall-clock@0.2.0", "now")
export declare function wall_clock_now(result: usize): void;

// wasi:io/error
@external("wasi:io/error@0.2.0", "[resource-drop]error")
export declare function error_drop(error: i32): void;

// wasi:io/poll
@external("wasi:io/poll@0.2.0", "poll")
export declare function poll(pollables: usize, count: u32, result: usize): void;
@external("wasi:io/poll@0.2.0", "[method]pollable.block")
export declare function pollable_block(pollable: i32): void;
@external("wasi:io/poll@0.2.0", "[resource-drop]pollable")
export declare function pollable_drop(pollable: i32): void;

// wasi:io/streams
@external("wasi:io/streams@0.2.0", "[method]input-stream.read")
export declare function input_stream_read(stream: i32, length: u64, result: usize): void;
@external("wasi:io/streams@0.2.0", "[method]input-stream.subscribe")
export declare function input_stream_subscribe(stream: i32): i32;
@external("wasi:io/streams@0.2.0", "[resource-drop]input-stream")
export declare function input_stream_drop(stream: i32): void;
@external("wasi:io/streams@0.2.0", "[method]output-stream.check-write")
export declare function output_stream_check_write(stream: i32, result: usize): void;
@external("wasi:io/streams@0.2.0", "[method]output-stream.write")
export declare function output_stream_write(stream: i32, bytes: usize, length: u32, result: usize): void;
@external("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush")
export declare function output_stream_blocking_write_and_flush(
  stream: i32,
  bytes: usize,
  length: u32,
  result: usize,
): void;
@external("wasi:io/streams@0.2.0", "[method]output-stream.flush")
export declare function output_stream_flush(stream: i32, result: usize): void;
@external("wasi:io/streams@0.2.0", "[method]output-stream.subscribe")
export declare function output_stream_subscribe(stream: i32): i32;
@external("wasi:io/streams@0.2.0", "[resource-drop]output-stream")
export declare function output_stream_drop(stream: i32): void;

// wasi:random/random
@external("wasi:random/random@0.2.0", "get-random-u64")
export declare function get_random_u64(): u64;

// wasi:sockets/instance-network
@external("wasi:sockets/instance-network@0.2.0", "instance-network")
export declare function instance_network(): i32;

// wasi:sockets/tcp
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.start-bind")
export declare function tcp_socket_start_bind(
  socket: i32,
  network: i32,
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
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.finish-bind")
export declare function tcp_socket_finish_bind(socket: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.start-connect")
export declare function tcp_socket_start_connect(
  socket: i32,
  network: i32,
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
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.finish-connect")
export declare function tcp_socket_finish_connect(socket: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.start-listen")
export declare function tcp_socket_start_listen(socket: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.finish-listen")
export declare function tcp_socket_finish_listen(socket: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.accept")
export declare function tcp_socket_accept(socket: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.local-address")
export declare function tcp_socket_local_address(socket: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.remote-address")
export declare function tcp_socket_remote_address(socket: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.set-listen-backlog-size")
export declare function tcp_socket_set_listen_backlog_size(socket: i32, connections: u64, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.set-keep-alive-enabled")
export declare function tcp_socket_set_keep_alive_enabled(socket: i32, on: u32, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.subscribe")
export declare function tcp_socket_subscribe(socket: i32): i32;
@external("wasi:sockets/tcp@0.2.0", "[method]tcp-socket.shutdown")
export declare function tcp_socket_shutdown(socket: i32, how: u32, result: usize): void;
@external("wasi:sockets/tcp@0.2.0", "[resource-drop]tcp-socket")
export declare function tcp_socket_drop(socket: i32): void;

// wasi:sockets/udp
@external("wasi:sockets/udp@0.2.0", "[method]udp-socket.start-bind")
export declare function udp_socket_start_bind(
  socket: i32,
  network: i32,
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
@external("wasi:sockets/udp@0.2.0", "[method]udp-socket.finish-bind")
export declare function udp_socket_finish_bind(socket: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.0", "[method]udp-socket.stream")
export declare function udp_socket_stream(
  socket: i32,
  hasPeer: u32,
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
@external("wasi:sockets/udp@0.2.0", "[method]udp-socket.local-address")
export declare function udp_socket_local_address(socket: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.0", "[method]udp-socket.remote-address")
export declare function udp_socket_remote_address(socket: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.0", "[method]udp-socket.subscribe")
export declare function udp_socket_subscribe(socket: i32): i32;
@external("wasi:sockets/udp@0.2.0", "[resource-drop]udp-socket")
export declare function udp_socket_drop(socket: i32): void;
@external("wasi:sockets/udp@0.2.0", "[method]incoming-datagram-stream.receive")
export declare function incoming_datagram_stream_receive(stream: i32, most: u64, result: usize): void;
@external("wasi:sockets/udp@0.2.0", "[method]incoming-datagram-stream.subscribe")
export declare function incoming_datagram_stream_subscribe(stream: i32): i32;
@external("wasi:sockets/udp@0.2.0", "[resource-drop]incoming-datagram-stream")
export declare function incoming_datagram_stream_drop(stream: i32): void;
@external("wasi:sockets/udp@0.2.0", "[method]outgoing-datagram-stream.check-send")
export declare function outgoing_datagram_stream_check_send(stream: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.0", "[method]outgoing-datagram-stream.send")
export declare function outgoing_datagram_stream_send(stream: i32, datagrams: usize, count: u32, result: usize): void;
@external("wasi:sockets/udp@0.2.0", "[method]outgoing-datagram-stream.subscribe")
export declare function outgoing_datagram_stream_subscribe(stream: i32): i32;
@external("wasi:sockets/udp@0.2.0", "[resource-drop]outgoing-datagram-stream")
export declare function outgoing_datagram_stream_drop(stream: i32): void;

// wasi:sockets/udp-create-socket
@external("wasi:sockets/udp-create-socket@0.2.0", "create-udp-socket")
export declare function create_udp_socket(family: u32, result: usize): void;

// wasi:sockets/tcp-create-socket
@external("wasi:sockets/tcp-create-socket@0.2.0", "create-tcp-socket")
export declare function create_tcp_socket(family: u32, result: usize): void;
