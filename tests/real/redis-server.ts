/** A redis-server, empty and without files, on a port that the system has just given away. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { endAfterTests } from "../left-running.ts";

export class RedisServer implements AsyncDisposable {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  /** Resolves when it accepts connections. */
  static async start(): Promise<RedisServer> {
    const port = await freePort();
    const options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--databases", "1"];
    const command = ["--port", String(port), ...options];
    const child = endAfterTests(spawn("redis-server", command, { stdio: "ignore", cwd: "/tmp" }));
    while (!(await accepts(port))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended at its start (${child.exitCode})`);
      await setTimeout(20);
    }
    return new RedisServer(port, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
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
