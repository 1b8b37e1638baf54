/** WasmEdge's socket extension: missing grants, and hostile arguments. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { describeRefusal, type Refusal, WasiHost } from "../../wasi-host/index.ts";
import { EVERYTHING, INET4, INET6, LOOPBACK, LOOPBACK6, SocketGuest, STREAM } from "./socket-guest.ts";

const OUT = 16;
const SIZE = 65_536;
const MAPPED = [...new Array(10).fill(0), 255, 255, ...LOOPBACK];

describe("the grant of an address", () => {
  it("is required: sock_connect and sock_bind are EACCES without it", async () => {
    using guest = await SocketGuest.open({ listen: ["127.0.0.1:0"] });
    const { port } = guest.guest.host.listening[0];
    expect(guest.connect(guest.socket(), port)).toBe(Errno.ACCES);
    expect(guest.bind(guest.socket(), 0)).toBe(Errno.ACCES);
    const fd = guest.socket();
    guest.bind(fd);
    expect(guest.calls.sock_listen(fd, 1)).toBe(Errno.DESTADDRREQ);
  });

  it("covers exactly its host and port", async () => {
    using server = await SocketGuest.open({ listen: ["127.0.0.1:0", "127.0.0.1:0"] });
    const [granted, other] = server.guest.host.listening;
    using guest = await SocketGuest.open({
      connect: [`127.0.0.1:${granted.port}`, "[0:0::1]:7"],
      bind: ["127.0.0.1:0"],
    });
    expect(guest.connect(guest.socket(), other.port)).toBe(Errno.ACCES);
    expect(guest.connect(guest.socket(), granted.port, [127, 0, 0, 2])).toBe(Errno.ACCES);
    // An address that the system takes to the same place is not the granted one.
    expect(guest.connect(guest.socket(), granted.port, [0, 0, 0, 0])).toBe(Errno.ACCES);
    expect(guest.connect(guest.socket(INET6), granted.port, LOOPBACK6)).toBe(Errno.ACCES);
    expect(guest.connect(guest.socket(INET6), granted.port, MAPPED)).toBe(Errno.ACCES);
    expect(guest.connect(guest.socket(), granted.port)).toBe(0);
    expect(guest.connect(guest.socket(INET6), 7, LOOPBACK6)).not.toBe(Errno.ACCES);
    expect(guest.bind(guest.socket(), granted.port)).toBe(Errno.ACCES);
    expect(guest.bind(guest.socket(), 0, [0, 0, 0, 0])).toBe(Errno.ACCES);
    expect(guest.bind(guest.socket(), 0)).toBe(0);
  });

  it("covers every port with HOST:*", async () => {
    using guest = await SocketGuest.open({ connect: ["localhost:*"], bind: ["127.0.0.1:*"] });
    const { port } = guest.listener();
    expect(guest.connect(guest.socket(), port)).toBe(0);
    expect(guest.connect(guest.socket(), guest.unusedPort())).toBe(Errno.CONNREFUSED);
    expect(guest.connect(guest.socket(), port, [127, 0, 0, 2])).toBe(Errno.ACCES);
  });

  it("is refused by name if it is not an address", async () => {
    for (const [text, complaint] of [
      ...["", "127.0.0.1", "127.0.0.1:", "::1:80", "127.0.0.1:80-", "127.0.0.1:-80", "127.0.0.1/:80"].map((bad) => [
        bad,
        "expected HOST:PORT, for example 127.0.0.1:80, 10.0.0.0/8:8000-8099 or [::1]:*",
      ]),
      ["-example.org:80", "'-example.org' is not an IP address"],
      [":*", "'' is not an IP address"],
      ["*:*", "'*' is not an IP address"],
      ["[127.0.0.1]:80", "'127.0.0.1' is not an IP address"],
      ["10.0.0.0/33:80", "/33 is above /32"],
      ["[::/129]:80", "/129 is above /128"],
      ["127.0.0.1:65536", "the port is above 65535"],
      ["127.0.0.1:90-80", "the range of ports is empty"],
      [
        "[fe80::1%eth0]:80",
        "a grant cannot have a zone (RFC 4007), because the guest's calls have none: remove '%eth0'",
      ],
    ]) {
      await expect(WasiHost.open({ connect: [text] })).rejects.toThrow(`bad address '${text}': ${complaint}`);
      await expect(WasiHost.open({ bind: [text] })).rejects.toThrow(`bad address '${text}': ${complaint}`);
    }
    // A name can be connected to, and not listened at.
    const bound = WasiHost.open({ bind: ["example.org:80"] });
    await expect(bound).rejects.toThrow("bad address 'example.org:80': 'example.org' is not an IP address");
  });

  it("covers every address of HOST/BITS in the same family, and every port of a range", async () => {
    const ports = { bind: ["127.0.0.0/9:40000-40009", "10.1.2.3/32:7", "0.0.0.0/0:9", "[fe80::/10]:1-2"] };
    // Every address belongs to a simulated machine.
    using guest = await SocketGuest.open({ ...ports, driver: "simulated" });
    const errno = (port: number, ip: number[]) => guest.bind(guest.socket(ip.length === 4 ? INET4 : INET6), port, ip);
    const link = (second: number) => [0xfe, second, ...new Array(13).fill(0), 1];
    for (const [port, ip] of [
      [40_000, [127, 0, 0, 1]],
      [40_009, [127, 127, 255, 255]],
      [7, [10, 1, 2, 3]],
      [9, [8, 8, 8, 8]],
      [2, link(0x80)],
      [1, link(0xbf)],
    ] as const) {
      // The address is granted. The kernel refuses it, because these calls cannot name its zone.
      expect([port, ip, errno(port, [...ip])]).toEqual([port, ip, ip[0] === 0xfe ? Errno.INVAL : 0]);
    }
    for (const [port, ip] of [
      [39_999, [127, 0, 0, 1]],
      [40_010, [127, 0, 0, 1]],
      [40_000, [127, 128, 0, 1]],
      [7, [10, 1, 2, 2]],
      [9, LOOPBACK6],
      [9, MAPPED],
      [1, link(0xc0)],
      [3, link(0x80)],
    ] as const) {
      expect([port, ip, errno(port, [...ip])]).toEqual([port, ip, Errno.ACCES]);
    }
  });

  it("is named in a refusal, with the call and the address", async () => {
    const refused: string[] = [];
    const onRefused = (refusal: Refusal) => void refused.push(describeRefusal(refusal));
    using guest = await SocketGuest.open({ connect: ["127.0.0.1:1"], onRefused });
    guest.connect(guest.socket(), 80, [10, 0, 0, 1]);
    guest.bind(guest.socket(INET6), 0, LOOPBACK6);
    guest.connect(guest.socket(), 1);
    expect(refused).toEqual([
      "sock_connect 10.0.0.1:80: not granted (EACCES); --connect 10.0.0.1:80 grants it",
      "sock_bind [::1]:0: not granted (EACCES); --bind [::1]:0 grants it",
    ]);
  });
});

describe("arguments", () => {
  /** Every call with a descriptor, with valid other arguments. */
  const callsOn = (guest: SocketGuest, fd: number): [string, unknown[]][] => [
    ["sock_bind", [fd, guest.address(LOOPBACK), 80]],
    ["sock_listen", [fd, 1]],
    ["sock_accept", [fd, OUT]],
    ["sock_connect", [fd, guest.address(LOOPBACK), 80]],
    ["sock_getlocaladdr", [fd, guest.address(MAPPED), OUT, OUT + 8]],
    ["sock_getpeeraddr", [fd, guest.address(MAPPED), OUT, OUT + 8]],
    ["sock_getsockopt", [fd, 0, 2, OUT, 4]],
    ["sock_setsockopt", [fd, 0, 0, OUT, 4]],
  ];

  it("a closed descriptor is EBADF, another descriptor than a socket ENOTSOCK", async () => {
    using guest = await SocketGuest.open();
    for (const [fd, errno] of [
      [9, Errno.BADF],
      [-1, Errno.BADF],
      [0x8000_0000 | 0, Errno.BADF],
      [1, Errno.NOTSOCK],
    ]) {
      for (const [call, args] of callsOn(guest, fd))
        expect([call, fd, guest.calls[call](...args)]).toEqual([call, fd, errno]);
    }
  });

  it("an unknown family or type is refused, with nothing opened", async () => {
    using guest = await SocketGuest.open();
    for (const family of [0, 4, 255, -1]) expect(guest.calls.sock_open(family, STREAM, OUT)).toBe(Errno.AFNOSUPPORT);
    for (const type of [0, 3, -1]) expect(guest.calls.sock_open(INET4, type, OUT)).toBe(Errno.INVAL);
    expect(guest.calls.sock_open(INET4, STREAM, -4)).toBe(Errno.FAULT);
    expect(guest.socket()).toBe(3);
  });

  it("an address outside memory is EFAULT, without effect", async () => {
    using guest = await SocketGuest.open(EVERYTHING);
    const [client] = guest.connection(guest.listener());
    const wild: [number, number][] = [
      [SIZE - 3, 4],
      [SIZE, 4],
      [-1, 4],
      [0, SIZE + 1],
      [0, -1],
      [-4, 16],
      [SIZE - 127, 128],
    ];
    for (const buffer of wild) {
      const [pointer] = guest.guest.iovecs(buffer);
      const before = guest.guest.bytes(0, SIZE);
      for (const call of ["sock_bind", "sock_connect"]) {
        const fd = guest.socket();
        guest.guest.view.setUint32(OUT, before.readUInt32LE(OUT), true);
        expect([buffer, guest.calls[call](fd, pointer, 80)]).toEqual([buffer, Errno.FAULT]);
        guest.calls.fd_close(fd);
      }
      for (const call of ["sock_getlocaladdr", "sock_getpeeraddr"]) {
        expect([buffer, guest.calls[call](client, pointer, OUT, OUT + 4)]).toEqual([buffer, Errno.FAULT]);
        expect([buffer, guest.calls[call](client, pointer, OUT)]).toEqual([buffer, Errno.FAULT]);
      }
      expect(guest.guest.bytes(0, SIZE).equals(before)).toBe(true);
    }
  });

  it("an address of the wrong length is EINVAL, of another family EAFNOSUPPORT, a port above 65535 EINVAL", async () => {
    using guest = await SocketGuest.open(EVERYTHING);
    const { port } = guest.listener();
    const tagged = (family: number, ip: number[]) => [family, 0, ...ip, ...new Array(126 - ip.length).fill(0)];
    for (const length of [0, 1, 3, 5, 15, 17, 127, 129]) {
      expect([length, guest.connect(guest.socket(), port, new Array(length).fill(1))]).toEqual([length, Errno.INVAL]);
    }
    expect(guest.connect(guest.socket(INET6), port, LOOPBACK)).toBe(Errno.AFNOSUPPORT);
    expect(guest.connect(guest.socket(INET4), port, LOOPBACK6)).toBe(Errno.AFNOSUPPORT);
    expect(guest.connect(guest.socket(INET4), port, tagged(INET6, LOOPBACK6))).toBe(Errno.AFNOSUPPORT);
    for (const family of [0, 3, 4]) {
      expect(guest.connect(guest.socket(), port, tagged(family, LOOPBACK))).toBe(Errno.AFNOSUPPORT);
    }
    expect(guest.connect(guest.socket(), port, tagged(INET4, LOOPBACK))).toBe(0);
    expect(guest.connect(guest.socket(), 65_536 + port)).toBe(Errno.INVAL);
    expect(guest.connect(guest.socket(), -1)).toBe(Errno.INVAL);
  });

  it("too little room for an address or an option is EINVAL", async () => {
    using guest = await SocketGuest.open(EVERYTHING);
    const [client] = guest.connection(guest.listener());
    expect(guest.name("sock_getpeeraddr", client, 4)).toMatchObject({ errno: 0, bytes: LOOPBACK });
    const { fd } = guest.listener(INET6);
    expect(guest.name("sock_getlocaladdr", fd, 4).errno).toBe(Errno.INVAL);
    for (const room of [0, 3, 8, 128]) expect(guest.name("sock_getlocaladdr", fd, room).errno).toBe(Errno.INVAL);
    const [pointer] = guest.guest.iovecs([64, 16]);
    expect(guest.calls.sock_getlocaladdr(fd, pointer, OUT)).toBe(Errno.INVAL);
    const length = guest.guest.room(4);
    guest.guest.view.setUint32(length, 3, true);
    expect(guest.calls.sock_getsockopt(client, 0, 2, OUT, length)).toBe(Errno.INVAL);
    expect(guest.calls.sock_setsockopt(client, 0, 0, OUT, 3)).toBe(Errno.INVAL);
  });
});
