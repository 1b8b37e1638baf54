/** A redis-server, empty and without files, on a port that the system has just given away. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterAll } from "vitest";

/** A test that runs out of time is not there any more to stop its server. */
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

export class RedisServer implements AsyncDisposable {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  /** Resolves when it accepts connections. */
  static async start(): Promise<RedisServer> {
    const port = await freePort();
    const options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--databases", "1"];
    const child = spawn("redis-server", ["--port", String(port), ...options], { stdio: "ignore", cwd: "/tmp" });
    running.add(child);
    while (!(await accepts(port))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended at its start (${child.exitCode})`);
      await setTimeout(20);
    }
    return new RedisServer(port, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    running.delete(this.child);
    this.child.kill("SIGKILL");
    if (this.child.exitCode === null) await once(this.child, "close");
  }
}

async function freePort(): Promise<number> {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  listener.close();
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  const made = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return made;
}
