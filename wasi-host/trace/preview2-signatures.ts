/**
 * The host's functions of WASI 0.2, as in their WIT (wasi-io, wasi-clocks, wasi-random, wasi-cli, wasi-sockets,
 * wasi-filesystem, 0.2.12).
 */
import {
  bool,
  enumeration,
  flags,
  handle,
  list,
  option,
  record,
  result,
  string,
  tuple,
  u8,
  u16,
  u32,
  u64,
  variant,
  type WitFunction,
  type WitType,
} from "./wit-types.ts";

const fn = (params: Readonly<Record<string, WitType>>, answer?: WitType): WitFunction => ({
  params: Object.entries(params),
  result: answer,
});

const error = handle("error");
const pollable = handle("pollable");
const inputStream = handle("input-stream");
const outputStream = handle("output-stream");
const network = handle("network");
const tcpSocket = handle("tcp-socket");
const udpSocket = handle("udp-socket");
const incoming = handle("incoming-datagram-stream");
const outgoing = handle("outgoing-datagram-stream");
const lookup = handle("resolve-address-stream");
const descriptor = handle("descriptor");
const entries = handle("directory-entry-stream");
const bytes = list(u8);

const streamError = variant({ "last-operation-failed": error, closed: undefined });
const datetime = record({ seconds: u64, nanoseconds: u32 });

const family = enumeration("ipv4", "ipv6");
const networkError = enumeration(
  ...["unknown", "access-denied", "not-supported", "invalid-argument", "out-of-memory", "timeout"],
  ...["concurrency-conflict", "not-in-progress", "would-block", "invalid-state", "new-socket-limit"],
  ...["address-not-bindable", "address-in-use", "remote-unreachable", "connection-refused", "connection-reset"],
  ...["connection-aborted", "datagram-too-large", "name-unresolvable", "temporary-resolver-failure"],
  "permanent-resolver-failure",
);
const ipv4 = tuple(u8, u8, u8, u8);
const ipv6 = tuple(u16, u16, u16, u16, u16, u16, u16, u16);
const ipAddress = variant({ ipv4, ipv6 });
const socketAddress = variant({
  ipv4: record({ port: u16, address: ipv4 }),
  ipv6: record({ port: u16, "flow-info": u32, address: ipv6, "scope-id": u32 }),
});
const shutdownType = enumeration("receive", "send", "both");
const done = result(undefined, networkError);
const sized = result(u64, networkError);

const fileError = enumeration(
  ...["access", "would-block", "already", "bad-descriptor", "busy", "deadlock", "quota", "exist", "file-too-large"],
  ...["illegal-byte-sequence", "in-progress", "interrupted", "invalid", "io", "is-directory", "loop", "too-many-links"],
  ...["message-size", "name-too-long", "no-device", "no-entry", "no-lock", "insufficient-memory"],
  ...["insufficient-space", "not-directory", "not-empty", "not-recoverable", "unsupported", "no-tty"],
  ...["no-such-device", "overflow", "not-permitted", "pipe", "read-only", "invalid-seek", "text-file-busy"],
  "cross-device",
);
const fileType = enumeration(
  ...["unknown", "block-device", "character-device", "directory", "fifo", "symbolic-link", "regular-file", "socket"],
);
const descriptorFlags = flags(
  ...["read", "write", "file-integrity-sync", "data-integrity-sync", "requested-write-sync", "mutate-directory"],
);
const pathFlags = flags("symlink-follow");
const openFlags = flags("create", "directory", "exclusive", "truncate");
const newTimestamp = variant({ "no-change": undefined, now: undefined, timestamp: datetime });
const stat = record({
  type: fileType,
  "link-count": u64,
  size: u64,
  "data-access-timestamp": option(datetime),
  "data-modification-timestamp": option(datetime),
  "status-change-timestamp": option(datetime),
});
const fileDone = result(undefined, fileError);
const advice = enumeration("normal", "sequential", "random", "will-need", "dont-need", "no-reuse");
const metadataHash = result(record({ lower: u64, upper: u64 }), fileError);

type Interface = Readonly<Record<string, WitFunction>>;

/** Makes each interface at its first use: a program imports a few, and all of them take 1.4 ms of its start. */
function atFirstUse(interfaces: Readonly<Record<string, () => Interface>>): Readonly<Record<string, Interface>> {
  const made = new Map<string, Interface>();
  return new Proxy(interfaces as unknown as Record<string, Interface>, {
    get(_, name) {
      const known = made.get(name as string);
      if (known !== undefined || !Object.hasOwn(interfaces, name)) return known;
      const value = interfaces[name as string]();
      made.set(name as string, value);
      return value;
    },
  });
}

/** By interface and name. */
export const PREVIEW2 = atFirstUse({
  "wasi:io/error": () => ({ "[method]error.to-debug-string": fn({ self: error }, string) }),
  "wasi:io/poll": () => ({
    "[method]pollable.ready": fn({ self: pollable }, bool),
    "[method]pollable.block": fn({ self: pollable }),
    poll: fn({ in: list(pollable) }, list(u32)),
  }),
  "wasi:io/streams": () => ({
    "[method]input-stream.read": fn({ self: inputStream, len: u64 }, result(bytes, streamError)),
    "[method]input-stream.blocking-read": fn({ self: inputStream, len: u64 }, result(bytes, streamError)),
    "[method]input-stream.skip": fn({ self: inputStream, len: u64 }, result(u64, streamError)),
    "[method]input-stream.blocking-skip": fn({ self: inputStream, len: u64 }, result(u64, streamError)),
    "[method]input-stream.subscribe": fn({ self: inputStream }, pollable),
    "[method]output-stream.check-write": fn({ self: outputStream }, result(u64, streamError)),
    "[method]output-stream.write": fn({ self: outputStream, contents: bytes }, result(undefined, streamError)),
    "[method]output-stream.blocking-write-and-flush": fn(
      { self: outputStream, contents: bytes },
      result(undefined, streamError),
    ),
    "[method]output-stream.flush": fn({ self: outputStream }, result(undefined, streamError)),
    "[method]output-stream.blocking-flush": fn({ self: outputStream }, result(undefined, streamError)),
    "[method]output-stream.subscribe": fn({ self: outputStream }, pollable),
    "[method]output-stream.write-zeroes": fn({ self: outputStream, len: u64 }, result(undefined, streamError)),
    "[method]output-stream.blocking-write-zeroes-and-flush": fn(
      { self: outputStream, len: u64 },
      result(undefined, streamError),
    ),
    "[method]output-stream.splice": fn({ self: outputStream, src: inputStream, len: u64 }, result(u64, streamError)),
    "[method]output-stream.blocking-splice": fn(
      { self: outputStream, src: inputStream, len: u64 },
      result(u64, streamError),
    ),
  }),
  "wasi:clocks/monotonic-clock": () => ({
    now: fn({}, u64),
    resolution: fn({}, u64),
    "subscribe-instant": fn({ when: u64 }, pollable),
    "subscribe-duration": fn({ when: u64 }, pollable),
  }),
  "wasi:clocks/wall-clock": () => ({ now: fn({}, datetime), resolution: fn({}, datetime) }),
  "wasi:random/random": () => ({ "get-random-bytes": fn({ len: u64 }, bytes), "get-random-u64": fn({}, u64) }),
  "wasi:random/insecure": () => ({
    "get-insecure-random-bytes": fn({ len: u64 }, bytes),
    "get-insecure-random-u64": fn({}, u64),
  }),
  "wasi:random/insecure-seed": () => ({ "insecure-seed": fn({}, tuple(u64, u64)) }),
  "wasi:cli/environment": () => ({
    "get-environment": fn({}, list(tuple(string, string))),
    "get-arguments": fn({}, list(string)),
    "initial-cwd": fn({}, option(string)),
  }),
  "wasi:cli/exit": () => ({
    exit: fn({ status: result(undefined, undefined) }),
    "exit-with-code": fn({ "status-code": u8 }),
  }),
  "wasi:cli/stdin": () => ({ "get-stdin": fn({}, inputStream) }),
  "wasi:cli/stdout": () => ({ "get-stdout": fn({}, outputStream) }),
  "wasi:cli/stderr": () => ({ "get-stderr": fn({}, outputStream) }),
  "wasi:cli/terminal-stdin": () => ({ "get-terminal-stdin": fn({}, option(handle("terminal-input"))) }),
  "wasi:cli/terminal-stdout": () => ({ "get-terminal-stdout": fn({}, option(handle("terminal-output"))) }),
  "wasi:cli/terminal-stderr": () => ({ "get-terminal-stderr": fn({}, option(handle("terminal-output"))) }),
  "wasi:sockets/network": () => ({ "network-error-code": fn({ err: error }, option(networkError)) }),
  "wasi:sockets/instance-network": () => ({ "instance-network": fn({}, network) }),
  "wasi:sockets/tcp": () => ({
    "[method]tcp-socket.start-bind": fn({ self: tcpSocket, network, "local-address": socketAddress }, done),
    "[method]tcp-socket.finish-bind": fn({ self: tcpSocket }, done),
    "[method]tcp-socket.start-connect": fn({ self: tcpSocket, network, "remote-address": socketAddress }, done),
    "[method]tcp-socket.finish-connect": fn(
      { self: tcpSocket },
      result(tuple(inputStream, outputStream), networkError),
    ),
    "[method]tcp-socket.start-listen": fn({ self: tcpSocket }, done),
    "[method]tcp-socket.finish-listen": fn({ self: tcpSocket }, done),
    "[method]tcp-socket.accept": fn(
      { self: tcpSocket },
      result(tuple(tcpSocket, inputStream, outputStream), networkError),
    ),
    "[method]tcp-socket.local-address": fn({ self: tcpSocket }, result(socketAddress, networkError)),
    "[method]tcp-socket.remote-address": fn({ self: tcpSocket }, result(socketAddress, networkError)),
    "[method]tcp-socket.is-listening": fn({ self: tcpSocket }, bool),
    "[method]tcp-socket.address-family": fn({ self: tcpSocket }, family),
    "[method]tcp-socket.set-listen-backlog-size": fn({ self: tcpSocket, value: u64 }, done),
    "[method]tcp-socket.keep-alive-enabled": fn({ self: tcpSocket }, result(bool, networkError)),
    "[method]tcp-socket.set-keep-alive-enabled": fn({ self: tcpSocket, value: bool }, done),
    "[method]tcp-socket.keep-alive-idle-time": fn({ self: tcpSocket }, sized),
    "[method]tcp-socket.set-keep-alive-idle-time": fn({ self: tcpSocket, value: u64 }, done),
    "[method]tcp-socket.keep-alive-interval": fn({ self: tcpSocket }, sized),
    "[method]tcp-socket.set-keep-alive-interval": fn({ self: tcpSocket, value: u64 }, done),
    "[method]tcp-socket.keep-alive-count": fn({ self: tcpSocket }, result(u32, networkError)),
    "[method]tcp-socket.set-keep-alive-count": fn({ self: tcpSocket, value: u32 }, done),
    "[method]tcp-socket.hop-limit": fn({ self: tcpSocket }, result(u8, networkError)),
    "[method]tcp-socket.set-hop-limit": fn({ self: tcpSocket, value: u8 }, done),
    "[method]tcp-socket.receive-buffer-size": fn({ self: tcpSocket }, sized),
    "[method]tcp-socket.set-receive-buffer-size": fn({ self: tcpSocket, value: u64 }, done),
    "[method]tcp-socket.send-buffer-size": fn({ self: tcpSocket }, sized),
    "[method]tcp-socket.set-send-buffer-size": fn({ self: tcpSocket, value: u64 }, done),
    "[method]tcp-socket.subscribe": fn({ self: tcpSocket }, pollable),
    "[method]tcp-socket.shutdown": fn({ self: tcpSocket, "shutdown-type": shutdownType }, done),
  }),
  "wasi:sockets/tcp-create-socket": () => ({
    "create-tcp-socket": fn({ "address-family": family }, result(tcpSocket, networkError)),
  }),
  "wasi:sockets/udp": () => ({
    "[method]udp-socket.start-bind": fn({ self: udpSocket, network, "local-address": socketAddress }, done),
    "[method]udp-socket.finish-bind": fn({ self: udpSocket }, done),
    "[method]udp-socket.stream": fn(
      { self: udpSocket, "remote-address": option(socketAddress) },
      result(tuple(incoming, outgoing), networkError),
    ),
    "[method]udp-socket.local-address": fn({ self: udpSocket }, result(socketAddress, networkError)),
    "[method]udp-socket.remote-address": fn({ self: udpSocket }, result(socketAddress, networkError)),
    "[method]udp-socket.address-family": fn({ self: udpSocket }, family),
    "[method]udp-socket.unicast-hop-limit": fn({ self: udpSocket }, result(u8, networkError)),
    "[method]udp-socket.set-unicast-hop-limit": fn({ self: udpSocket, value: u8 }, done),
    "[method]udp-socket.receive-buffer-size": fn({ self: udpSocket }, sized),
    "[method]udp-socket.set-receive-buffer-size": fn({ self: udpSocket, value: u64 }, done),
    "[method]udp-socket.send-buffer-size": fn({ self: udpSocket }, sized),
    "[method]udp-socket.set-send-buffer-size": fn({ self: udpSocket, value: u64 }, done),
    "[method]udp-socket.subscribe": fn({ self: udpSocket }, pollable),
    "[method]incoming-datagram-stream.receive": fn(
      { self: incoming, "max-results": u64 },
      result(list(record({ data: bytes, "remote-address": socketAddress })), networkError),
    ),
    "[method]incoming-datagram-stream.subscribe": fn({ self: incoming }, pollable),
    "[method]outgoing-datagram-stream.check-send": fn({ self: outgoing }, sized),
    "[method]outgoing-datagram-stream.send": fn(
      { self: outgoing, datagrams: list(record({ data: bytes, "remote-address": option(socketAddress) })) },
      sized,
    ),
    "[method]outgoing-datagram-stream.subscribe": fn({ self: outgoing }, pollable),
  }),
  "wasi:sockets/udp-create-socket": () => ({
    "create-udp-socket": fn({ "address-family": family }, result(udpSocket, networkError)),
  }),
  "wasi:sockets/ip-name-lookup": () => ({
    "resolve-addresses": fn({ network, name: string }, result(lookup, networkError)),
    "[method]resolve-address-stream.resolve-next-address": fn(
      { self: lookup },
      result(option(ipAddress), networkError),
    ),
    "[method]resolve-address-stream.subscribe": fn({ self: lookup }, pollable),
  }),
  "wasi:filesystem/types": () => ({
    "[method]descriptor.read-via-stream": fn({ self: descriptor, offset: u64 }, result(inputStream, fileError)),
    "[method]descriptor.write-via-stream": fn({ self: descriptor, offset: u64 }, result(outputStream, fileError)),
    "[method]descriptor.append-via-stream": fn({ self: descriptor }, result(outputStream, fileError)),
    "[method]descriptor.advise": fn({ self: descriptor, offset: u64, length: u64, advice }, fileDone),
    "[method]descriptor.sync-data": fn({ self: descriptor }, fileDone),
    "[method]descriptor.get-flags": fn({ self: descriptor }, result(descriptorFlags, fileError)),
    "[method]descriptor.get-type": fn({ self: descriptor }, result(fileType, fileError)),
    "[method]descriptor.set-size": fn({ self: descriptor, size: u64 }, fileDone),
    "[method]descriptor.set-times": fn(
      { self: descriptor, "data-access-timestamp": newTimestamp, "data-modification-timestamp": newTimestamp },
      fileDone,
    ),
    "[method]descriptor.read": fn(
      { self: descriptor, length: u64, offset: u64 },
      result(tuple(bytes, bool), fileError),
    ),
    "[method]descriptor.write": fn({ self: descriptor, buffer: bytes, offset: u64 }, result(u64, fileError)),
    "[method]descriptor.read-directory": fn({ self: descriptor }, result(entries, fileError)),
    "[method]descriptor.sync": fn({ self: descriptor }, fileDone),
    "[method]descriptor.create-directory-at": fn({ self: descriptor, path: string }, fileDone),
    "[method]descriptor.stat": fn({ self: descriptor }, result(stat, fileError)),
    "[method]descriptor.stat-at": fn(
      { self: descriptor, "path-flags": pathFlags, path: string },
      result(stat, fileError),
    ),
    "[method]descriptor.set-times-at": fn(
      {
        self: descriptor,
        "path-flags": pathFlags,
        path: string,
        "data-access-timestamp": newTimestamp,
        "data-modification-timestamp": newTimestamp,
      },
      fileDone,
    ),
    "[method]descriptor.link-at": fn(
      {
        self: descriptor,
        "old-path-flags": pathFlags,
        "old-path": string,
        "new-descriptor": descriptor,
        "new-path": string,
      },
      fileDone,
    ),
    "[method]descriptor.open-at": fn(
      { self: descriptor, "path-flags": pathFlags, path: string, "open-flags": openFlags, flags: descriptorFlags },
      result(descriptor, fileError),
    ),
    "[method]descriptor.readlink-at": fn({ self: descriptor, path: string }, result(string, fileError)),
    "[method]descriptor.remove-directory-at": fn({ self: descriptor, path: string }, fileDone),
    "[method]descriptor.rename-at": fn(
      { self: descriptor, "old-path": string, "new-descriptor": descriptor, "new-path": string },
      fileDone,
    ),
    "[method]descriptor.symlink-at": fn({ self: descriptor, "old-path": string, "new-path": string }, fileDone),
    "[method]descriptor.unlink-file-at": fn({ self: descriptor, path: string }, fileDone),
    "[method]descriptor.is-same-object": fn({ self: descriptor, other: descriptor }, bool),
    "[method]descriptor.metadata-hash": fn({ self: descriptor }, metadataHash),
    "[method]descriptor.metadata-hash-at": fn(
      { self: descriptor, "path-flags": pathFlags, path: string },
      metadataHash,
    ),
    "[method]directory-entry-stream.read-directory-entry": fn(
      { self: entries },
      result(option(record({ type: fileType, name: string })), fileError),
    ),
    "filesystem-error-code": fn({ err: error }, option(fileError)),
  }),
  "wasi:filesystem/preopens": () => ({ "get-directories": fn({}, list(tuple(descriptor, string))) }),
});
