/** A client of the Redis protocol, one request at a time. */
import { Client } from "./client.ts";

/** A request of these words. */
export const request = (...words: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${words.length}\r\n`),
    ...words.flatMap((word) => [
      Buffer.from(`$${Buffer.byteLength(word)}\r\n`),
      Buffer.from(word),
      Buffer.from("\r\n"),
    ]),
  ]);

export class RedisClient {
  private constructor(readonly client: Client) {}

  static async connect(port: number): Promise<RedisClient> {
    return new RedisClient(await Client.connect(port));
  }

  /** What the server answers: errors and statuses are strings too, arrays are lines. */
  async ask(...words: readonly (string | Uint8Array)[]): Promise<string> {
    await this.client.send(request(...words));
    return this.reply();
  }

  async reply(): Promise<string> {
    let line = "";
    while (!line.endsWith("\r\n")) line += (await this.client.receive(1)).toString("latin1");
    const text = line.slice(1, -2);
    if (line[0] === "*") {
      const parts = [];
      for (let index = 0; index < Number(text); index++) parts.push(await this.reply());
      return parts.join("\n");
    }
    if (line[0] !== "$") return text;
    if (text === "-1") return "(nil)";
    const bytes = await this.client.receive(Number(text) + 2);
    return bytes.subarray(0, -2).toString("latin1");
  }

  /** A number of INFO. */
  async info(field: string): Promise<number> {
    const [, value] = new RegExp(`^${field}:(\\d+)`, "m").exec(await this.ask("INFO")) ?? [];
    return Number(value);
  }
}
