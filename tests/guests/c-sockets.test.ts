/** C that opens sockets by itself, through include/pollux/wasi-sockets.h. */
import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { guest } from "./guest.ts";
import { loopbackName } from "./loopback-name.ts";
import { outboundTests } from "./outbound.ts";
import { DatagramEcho } from "./returning-servers.ts";

guest("c/connect", (start) =>
  outboundTests(start, {
    refused: /^\S+: Permission denied\n$/,
    unknownName: /^no-such-name\.invalid: (Name or service not known|Temporary failure in name resolution)\n$/,
    ipv6: true,
  }),
);

guest("c/datagrams", (start) => {
  const lengths = ["0", "1", "1400", "65507"];
  const echoed = ["sendto", "send"].flatMap((how) => lengths.map((length) => `${how} ${length}: the same\n`)).join("");

  it("exchanges datagrams by name, of every length, and compares every byte", async () => {
    const { name, address } = await loopbackName();
    await using echo = await DatagramEcho.at(address);
    const options = ["--connect", `${name}:${echo.port}`];
    expect(await start({ listen: [], options, args: [name, String(echo.port), ...lengths] }).out()).toBe(echoed);
  });

  it("exchanges datagrams over IPv6", async () => {
    await using echo = await DatagramEcho.at("::1");
    const options = ["--connect", `[::1]:${echo.port}`];
    expect(await start({ listen: [], options, args: ["::1", String(echo.port), ...lengths] }).out()).toBe(echoed);
  });

  it("reports a datagram that is too long, and one that is not granted", async () => {
    await using echo = await DatagramEcho.at("127.0.0.1");
    const run = (port: number) => ({
      listen: [],
      options: ["--connect", `127.0.0.1:${port}`],
      args: ["127.0.0.1", String(echo.port), "65508"],
    });
    expect(await start(run(echo.port)).out()).toBe("sendto 65508: Message too large\nsend 65508: Message too large\n");
    const refused = await start(run(echo.port - 1)).run.ended;
    const refusedAddress = `127.0.0.1:${echo.port}`;
    expect(refused).toMatchObject({
      out: "sendto 65508: Permission denied\n",
      error:
        `connect: Permission denied\npollux: sock_send_to ${refusedAddress}: not granted (EACCES); ` +
        `--connect ${refusedAddress} grants it; --verbose prints the others\n`,
      status: 1,
    });
  });
});

guest("c/lookups", (start) => {
  const lookups = async (grants: readonly string[], queries: readonly (readonly string[])[]) => {
    const program = start({ listen: [], options: grants.flatMap((grant) => grant.split(" ")), args: queries.flat() });
    return (await program.out()).trimEnd().split("\n");
  };

  it("finds addresses, ports and types as the hints ask", async () => {
    const everywhere = ["--connect 0.0.0.0/0:*", "--connect [::/0]:*", "--bind 0.0.0.0:*", "--bind [::]:*"];
    const found = await lookups(everywhere, [
      ["localhost", "80", "", "0", "tcp"],
      ["localhost", "http", "", "4", ""],
      ["localhost", "", "", "6", "udp"],
      ["::1", "443", "h", "0", "tcp"],
      ["", "domain", "p", "0", "udp"],
      ["", "7", "", "4", "tcp"],
      ["127.0.0.1", "tftp", "c", "0", ""],
    ]);
    expect(found).toEqual([
      "localhost: tcp 127.0.0.1:80 tcp [::1]:80",
      "localhost: tcp 127.0.0.1:80",
      "localhost: udp [::1]:0",
      "::1: tcp [::1]:443",
      ": udp 0.0.0.0:53 udp [::]:53",
      ": tcp 127.0.0.1:7",
      "127.0.0.1: udp 127.0.0.1:69 (127.0.0.1)",
    ]);
  });

  it("names each mistake", async () => {
    const found = await lookups(
      ["--connect 127.0.0.1:80", "--connect no-such-name.invalid:80"],
      [
        ["", "", "", "0", "tcp"],
        ["example.org", "80", "h", "0", "tcp"],
        ["localhost", "http", "n", "0", "tcp"],
        ["localhost", "no-such-service", "", "0", "tcp"],
        ["localhost", "tftp", "", "0", "tcp"],
        ["127.0.0.1", "80", "", "6", "tcp"],
        ["", "80", "c", "0", "tcp"],
        ["a b", "80", "", "0", "tcp"],
        ["example.org", "80", "", "0", "tcp"],
        ["10.0.0.1", "80", "", "0", "tcp"],
      ],
    );
    expect(found).toEqual([
      ": Name or service not known",
      "example.org: Name or service not known",
      "localhost: Name or service not known",
      "localhost: Servname not supported for ai_socktype",
      "localhost: Servname not supported for ai_socktype",
      "127.0.0.1: Address family for hostname not supported",
      ": Bad value for ai_flags",
      "a b: Name or service not known",
      "example.org: Permission denied",
      "10.0.0.1: Permission denied",
    ]);
  });
});

guest("c/own-sockets", (start) => {
  it.each([
    ["4", "127.0.0.1", "127.0.0.1:*"],
    ["6", "::1", "[::1]:*"],
  ])("listens, connects while it polls, and has names and options: IPv%s", async (family, host, grant) => {
    const program = start({ listen: [], options: ["--bind", grant, "--connect", grant], args: [family] });
    expect(await program.out()).toBe(`listener: ${host} 1, port set
accepts: 1, type: 1
nonblocking: 1
connected: error 0
accepted: ${host} 1, port set
accepted is nonblocking: 1
the client's name: 1
the client's peer: 1
no delay: 0
keep-alive: 1
buffers: 1
linger: 1 0
unknown: 1
after 20000 us: 1
received: 1, without a sender: 1
cut: 1
mistakes: 1 1 1 1 1 1 1 1
`);
  });
});

describe("the header", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const zig = path.join(root, ".ci/zig");

  it("is found by the command that docs/host.md shows", async ({ skip }) => {
    if (!existsSync(zig)) skip("python3 -m pip install --target .ci/zig ziglang==0.15.2");
    const folder = mkdtempSync(path.join(tmpdir(), "pollux-header-"));
    mkdirSync(path.join(folder, "node_modules"));
    symlinkSync(root, path.join(folder, "node_modules/pollux"));
    copyFileSync(path.join(root, "tests/guests/c/connect.c"), path.join(folder, "connect.c"));
    const [command] = /^python3 -m ziglang cc .*$/m.exec(readFileSync(path.join(root, "docs/host.md"), "utf8"))!;
    const [file, ...args] = command.split(" ");
    await promisify(execFile)(file, args, { cwd: folder, env: { ...process.env, PYTHONPATH: zig } });
    expect(existsSync(path.join(folder, "connect.wasm"))).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it.for([
    ["c", "cc", "-std=c11"],
    ["c", "cc", "-std=gnu17"],
    ["cpp", "c++", "-std=c++11"],
    ["cpp", "c++", "-std=c++20"],
  ])(
    "compiles without a warning, in two files of one program: %s %s %s",
    async ([ending, compiler, standard], { skip }) => {
      if (!existsSync(zig)) skip("python3 -m pip install --target .ci/zig ziglang==0.15.2");
      const folder = mkdtempSync(path.join(tmpdir(), "pollux-header-"));
      const file = (name: string, text: string) => {
        writeFileSync(path.join(folder, name), text);
        return path.join(folder, name);
      };
      const include = "#include <pollux/wasi-sockets.h>\n";
      const files = [
        file(`one.${ending}`, `${include}int other(void);\nint main(void) { return socket(0, 0, 0) + other(); }\n`),
        file(`two.${ending}`, `${include}int other(void);\nint other(void) { return listen(socket(1, 6, 0), 1); }\n`),
      ];
      // With the C library that is built for the guests, and without one of C++: zig compiles each at its first use, and once
      // more for a working folder that zig itself is in.
      const library = ["-O2", ...(ending === "cpp" ? ["-nostdlib++"] : [])];
      const flags = [
        standard,
        ...library,
        "-Wall",
        "-Wextra",
        "-pedantic",
        "-Werror",
        "-I",
        path.join(root, "include"),
      ];
      const zigArgs = [
        "-m",
        "ziglang",
        compiler,
        "-target",
        "wasm32-wasi",
        ...flags,
        "-o",
        path.join(folder, "out.wasm"),
      ];
      const { stderr } = await promisify(execFile)("python3", [...zigArgs, ...files], {
        cwd: folder,
        env: { ...process.env, PYTHONPATH: zig },
      });
      rmSync(folder, { recursive: true });
      expect(stderr).toBe("");
    },
  );
});
