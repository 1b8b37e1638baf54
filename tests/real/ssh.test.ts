/** gliderlabs/ssh, driven by OpenSSH's client. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bytesOf } from "../guests/guest.ts";
import { client, realProgram } from "./real-program.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pollux-ssh-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const key = (name: string) => path.join(folder, name);

/** Makes a key pair in the folder; resolves to its public half. */
async function generate(name: string): Promise<string> {
  rmSync(key(name), { force: true });
  await client("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key(name)]);
  return readFileSync(key(`${name}.pub`), "utf8").trim();
}

realProgram("go/ssh", ["ssh", "ssh-keygen"], (start) => {
  it("serves sessions, exit statuses and byte streams, and refuses clients without the key", async () => {
    const server = start({ args: [await generate("own")] });
    const port = await server.port();
    const [, hostKey] = await server.run.printed(/^host key (.*)$/m);
    writeFileSync(key("known_hosts"), `[127.0.0.1]:${port} ${hostKey}\n`);
    const ssh = (identity: string, command: string, input?: Buffer) =>
      client(
        "ssh",
        [
          ...["-F", "none", "-i", key(identity), "-p", String(port), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"],
          ...["-o", `UserKnownHostsFile=${key("known_hosts")}`, "-o", "StrictHostKeyChecking=yes"],
          ...["-o", "IdentityAgent=none", "-o", "ConnectTimeout=20", "somebody@127.0.0.1", command],
        ],
        input,
      );

    expect(await ssh("own", "say hello there")).toEqual({
      out: Buffer.from("somebody hello there\n"),
      error: "",
      status: 0,
    });
    expect(await ssh("own", "exit 7")).toEqual({ out: Buffer.alloc(0), error: "exiting with 7\n", status: 7 });

    const sent = [0, 1, 50_000, 3 << 20].map((length, index) => bytesOf(index + 1, length));
    const back = await Promise.all(sent.map((bytes) => ssh("own", "cat", bytes)));
    for (const [index, { out, status }] of back.entries()) {
      expect([status, out.length, out.equals(sent[index])]).toEqual([0, sent[index].length, true]);
    }

    await generate("other");
    const refused = await ssh("other", "say hello");
    expect([refused.status, String(refused.out)]).toEqual([255, ""]);
    expect(refused.error).toContain("Permission denied (publickey)");

    await ssh("own", "shutdown");
    await server.out();
  });
});
