/** What a server of the matrix has to stand: fifty clients at once, who compare every byte and leave in every way. */
import { Client } from "../programs/client.ts";
import { Messages, SEED } from "../programs/messages.ts";

export const CLIENTS = 50;
const MESSAGES = 12;
const LARGEST = 65_536;
/** More than kernel and server keep for who does not read, so that the server has to wait for it. */
const FLOOD = 3 << 20;

/** Compares what comes back with what was sent; returns how many bytes that were. */
async function expectBack(client: Client, sent: Buffer): Promise<number> {
  const received = await client.receive(sent.length);
  if (!received.equals(sent)) throw new Error(`${sent.length} bytes came back changed (POLLUX_SEED=${SEED})`);
  return sent.length;
}

/** One client's way; returns how many bytes it has compared. */
type Way = (client: Client, random: Messages) => Promise<number>;

/** Waits for each answer, and parts. */
const polite: Way = async (client, random) => {
  let checked = 0;
  for (let count = 0; count < MESSAGES; count++) {
    const message = random.next(LARGEST);
    await client.send(message);
    checked += await expectBack(client, message);
  }
  await client.part();
  return checked;
};

/** Sends on without waiting for answers. */
const hasty: Way = async (client, random) => {
  const messages = Array.from({ length: MESSAGES }, () => random.next(LARGEST));
  const sending = Promise.all(messages.map((message) => client.send(message)));
  let checked = 0;
  for (const message of messages) checked += await expectBack(client, message);
  await sending;
  await client.part();
  return checked;
};

/** Ends its side with everything on its way: all of it comes back, and then the end. */
const halfClosing: Way = async (client, random) => {
  const all = Buffer.concat(Array.from({ length: MESSAGES }, () => random.next(LARGEST)));
  client.socket.end(all);
  const received = await client.rest();
  if (!received.equals(all)) {
    const what = received.length === all.length ? "changed" : `as ${received.length}`;
    throw new Error(`before the end ${all.length} bytes came back ${what} (POLLUX_SEED=${SEED})`);
  }
  return all.length;
};

/** Is answered, and resets the connection with more on its way. */
const resetting: Way = async (client, random) => {
  const message = random.next(LARGEST);
  await client.send(message);
  const checked = await expectBack(client, message);
  client.socket.write(random.exactly(LARGEST));
  await client.reset();
  return checked;
};

/** Leaves in the middle of what it sends, without reading any of it. */
const leaving: Way = async (client, random) => {
  client.socket.pause();
  await client.send(random.exactly(LARGEST));
  client.socket.write(random.exactly(LARGEST));
  await client.leave();
  return 0;
};

const WAYS: readonly Way[] = [polite, hasty, halfClosing, resetting, leaving];

/** Sends a lot, and reads nothing of it before the others have left. */
async function neglect(client: Client, random: Messages, others: Promise<unknown>): Promise<number> {
  client.socket.pause();
  const all = random.exactly(FLOOD);
  const sending = client.send(all);
  await others;
  client.read();
  const checked = await expectBack(client, all);
  await sending;
  await client.part();
  return checked;
}

/** Fifty at once, then one more, who finds the server alive. Returns how many bytes were compared. */
export async function visit(port: number): Promise<number> {
  const random = new Messages();
  const [neglecting, ...others] = await Client.connectMany(port, CLIENTS);
  const visits = Promise.all(others.map((client, index) => WAYS[index % WAYS.length](client, random)));
  const checked = [await neglect(neglecting, random, visits), ...(await visits)];
  checked.push(await polite(await Client.connect(port), random));
  return checked.reduce((sum, bytes) => sum + bytes);
}

/** `count` exchanges in all, by fifty clients at once: each message is random, and awaited. Returns the bytes compared. */
export async function exchange(port: number, count: number): Promise<number> {
  const random = new Messages();
  const clients = await Client.connectMany(port, CLIENTS);
  let checked = 0;
  let left = count;
  const converse = async (client: Client) => {
    while (left > 0) {
      left--;
      const message = random.next(LARGEST);
      await client.send(message);
      const bytes = await expectBack(client, message);
      checked += bytes; // not before the others' are in it
    }
    await client.part();
  };
  await Promise.all(clients.map(converse));
  return checked;
}
