/** What each language's `connect HOST PORT` does: it sends standard input, then prints the server's answer. */
import { expect, it } from "vitest";
import { bytesOf, type Guest, type StartOptions } from "./guest.ts";
import { loopbackName } from "./loopback-name.ts";
import { ReversingServer } from "./returning-servers.ts";

/** How a program words the errors that end it. */
export interface Words {
  readonly refused: RegExp;
  readonly unknownName: RegExp;
  /** Whether the program connects over IPv6. */
  readonly ipv6: boolean;
  /** The port that it gives when it looks up a name, if it is not the one that it connects to. */
  readonly lookupPort?: number;
}

type Start = (options?: StartOptions) => Guest;

/** Sends `bytes` to the program, and resolves to the bytes that it prints. */
async function converse(program: Guest, bytes: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  program.run.child.stdout!.on("data", (part: Buffer) => parts.push(part));
  program.run.child.stdin!.on("error", () => {}); // one that has ended reads nothing more
  program.run.child.stdin!.end(bytes);
  await program.out();
  return Buffer.concat(parts);
}

/** Declares the tests of one program, on one driver and way to sleep. */
export function outboundTests(start: Start, words: Words): void {
  const connect = (grants: readonly string[], ...args: string[]) => {
    const options = ["--verbose", ...grants.flatMap((grant) => ["--connect", grant])];
    return start({ listen: [], options, args });
  };
  /** What a program that fails prints on stderr. */
  const failure = async (program: Guest): Promise<string> => {
    program.run.child.stdin!.on("error", () => {});
    program.run.child.stdin!.end("never sent");
    const { status, out, error } = await program.run.ended;
    expect([status, out]).toEqual([1, ""]);
    // Go's runtime looks for them when it starts.
    return error.replace(/^pollux: the program looks for directories.*\n/, "");
  };

  it("connects by a name that the system resolves, and transfers every byte both ways", async () => {
    const { name, address } = await loopbackName();
    await using server = await ReversingServer.at(address);
    for (const length of [0, 3 << 20]) {
      const bytes = bytesOf(length + 1, length);
      const back = await converse(connect([`${name}:${server.port}`], name, String(server.port)), bytes);
      expect(back.equals(bytes.reverse()), `${length} bytes`).toBe(true);
    }
  });

  it("connects to localhost and to an address, with the grant of the address", async () => {
    await using server = await ReversingServer.at("127.0.0.1");
    for (const host of ["localhost", "127.0.0.1"]) {
      const back = await converse(connect([`127.0.0.1:${server.port}`], host, String(server.port)), Buffer.from("abc"));
      expect(String(back)).toBe("cba");
    }
  });

  if (words.ipv6) {
    it("connects to ::1 and to localhost by IPv6", async () => {
      await using server = await ReversingServer.at("::1");
      for (const host of ["::1", "localhost"]) {
        const back = await converse(connect([`[::1]:${server.port}`], host, String(server.port)), Buffer.from("abc"));
        expect(String(back)).toBe("cba");
      }
    });
  }

  it("is refused a name without a grant, and --verbose says what grants it", async () => {
    const { lookupPort = 7777 } = words;
    const { name } = await loopbackName();
    const error = await failure(connect(["127.0.0.1:*"], name, "7777"));
    const line = `pollux: sock_getaddrinfo ${name}:${lookupPort}: not granted (EACCES); --connect ${name}:${lookupPort} grants it\n`;
    expect(error.slice(0, line.length)).toBe(line);
    expect(error.slice(line.length)).toMatch(words.refused);
  });

  it("is refused another port of a granted name, and --verbose names both", async () => {
    const { name, address } = await loopbackName();
    await using server = await ReversingServer.at(address);
    const error = await failure(connect([`${name}:1`], name, String(server.port)));
    const line = `pollux: sock_connect ${address}:${server.port}: not granted (EACCES); --connect ${name}:${server.port} grants it\n`;
    expect(error.slice(0, line.length)).toBe(line);
    expect(error.slice(line.length)).toMatch(words.refused);
  });

  it("reports a granted name that does not resolve", async () => {
    const error = await failure(connect(["no-such-name.invalid:80"], "no-such-name.invalid", "80"));
    expect(error).toMatch(words.unknownName);
  });
}
