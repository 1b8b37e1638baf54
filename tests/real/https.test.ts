/** net/http over TLS, by HTTP/1.1 and HTTP/2, driven by curl. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bytesOf } from "../guests/guest.ts";
import { client, realProgram } from "./real-program.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pollux-https-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const VERSIONS = [
  ["--http1.1", "1.1", "HTTP/1.1"],
  ["--http2", "2", "HTTP/2.0"],
] as const;

realProgram("go/https", ["curl"], (start) => {
  it("answers curl by HTTP/1.1 and HTTP/2, sequentially and concurrently", async () => {
    const server = start();
    const port = await server.port();
    const [certificate] = await server.run.printed(/^-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\n/m);
    const authority = path.join(folder, "ca.pem");
    writeFileSync(authority, certificate);
    const curl = (args: readonly string[], input?: Buffer) => client("curl", ["-sS", "-q", ...args], input);
    const url = (rest: string) => `https://127.0.0.1:${port}/${rest}`;
    const trusting = ["--cacert", authority];

    for (const [option, version, protocol] of VERSIONS) {
      const ask = (args: readonly string[], input?: Buffer) => curl([...trusting, option, ...args], input);

      const { out, status } = await ask(["-w", "%{http_version} %{http_code}", url("hello?name=curl")]);
      expect([status, String(out)]).toEqual([0, `hello curl over ${protocol}, TLS 1.3\n${version} 200`]);

      const body = bytesOf(5, 2 << 20);
      const hash = createHash("sha256").update(body).digest("hex");
      const headers = path.join(folder, "headers");
      const echoed = await ask(["--data-binary", "@-", "-D", headers, url("echo")], body);
      expect([echoed.status, echoed.out.equals(body)]).toEqual([0, true]);
      expect(readFileSync(headers, "utf8").toLowerCase()).toContain(`x-sha256: ${hash}`);

      expect(String((await ask([url("parts")])).out)).toBe("part 1\npart 2\npart 3\n");

      const many = await ask(["--parallel", "--parallel-max", "40", url("hello?name=[1-120]")]);
      const expected = Array.from({ length: 120 }, (_, index) => `hello ${index + 1} over ${protocol}, TLS 1.3`);
      expect(String(many.out).trimEnd().split("\n").toSorted()).toEqual(expected.toSorted());
    }

    const strangers = await curl([url("hello")]);
    expect([strangers.status, strangers.out.length]).toEqual([60, 0]); // CURLE_PEER_FAILED_VERIFICATION
    await curl([...trusting, url("end")]);
    await server.out();
  });
});
