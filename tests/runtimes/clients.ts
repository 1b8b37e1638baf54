/**
 * The clients of the matrix: fifty at once, which compare every byte and leave in every way. Over real
 * sockets (tests/programs/client.ts) and over simulated ones, in a page: nothing here is Node's.
 */
import { Messages, SEED } from "../programs/messages.ts";

export const CLIENTS = 50;
const MESSAGES = 12;
const LARGEST = 65_536;
/** More than kernel and server buffer, so that the server has to wait for the client. */
const FLOOD = 3 << 20;

/** The other end of a connection. */
export interface Client {
  /** Resolves when the bytes have left. */
  send(bytes: Uint8Array): Promise<void>;
  /** The next `length` bytes. Rejects when the stream ends before that. */
  receive(length: number): Promise<Uint8Array>;
  /** All that comes until the stream ends. */
  rest(): Promise<Uint8Array>;
  /** Takes nothing of what comes, until `read`. */
  hold(): void;
  read(): void;
  /** Ends this side behind `bytes`. */
  end(bytes: Uint8Array): void;
  /** Ends this side and waits for the server to end the other, with nothing more to come before that. */
  part(): Promise<void>;
  /** The server gets a reset. */
  reset(): Promise<void>;
  /** Closes both sides. */
  leave(): Promise<void>;
}

export type Connect = () => Promise<Client>;

function equal(one: Uint8Array, other: Uint8Array): boolean {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at === one.length && at === other.length;
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Compares the received bytes with the sent ones; returns their number. */
async function expectBack(client: Client, sent: Uint8Array): Promise<number> {
  const received = await client.receive(sent.length);
  if (!equal(received, sent)) throw new Error(`${sent.length} bytes came back changed (POLLUX_SEED=${SEED})`);
  return sent.length;
}

/** One client's way; returns how many bytes it has compared. */
type Way = (client: Client, random: Messages) => Promise<number>;

/** A client that has left has not sent everything. */
const GONE = () => {};

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

/** Ends its side at once: everything comes back, then the end. */
const halfClosing: Way = async (client, random) => {
  const all = concatenated(Array.from({ length: MESSAGES }, () => random.next(LARGEST)));
  client.end(all);
  const received = await client.rest();
  if (!equal(received, all)) {
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
  void client.send(random.exactly(LARGEST)).catch(GONE);
  await client.reset();
  return checked;
};

/** Leaves while sending, without reading. */
const leaving: Way = async (client, random) => {
  client.hold();
  await client.send(random.exactly(LARGEST));
  void client.send(random.exactly(LARGEST)).catch(GONE);
  await client.leave();
  return 0;
};

const WAYS: readonly Way[] = [polite, hasty, halfClosing, resetting, leaving];

/** Sends a lot, and reads only after the others have left. */
async function neglect(client: Client, random: Messages, others: Promise<unknown>): Promise<number> {
  client.hold();
  const all = random.exactly(FLOOD);
  const sending = client.send(all);
  await others;
  client.read();
  const checked = await expectBack(client, all);
  await sending;
  await client.part();
  return checked;
}

const many = (connect: Connect) => Promise.all(Array.from({ length: CLIENTS }, connect));

/**
 * Runs fifty clients at once, then one more to check that the server is alive. Returns how many bytes were compared.
 */
export async function visit(connect: Connect, random = new Messages()): Promise<number> {
  const [neglecting, ...others] = await many(connect);
  const visits = Promise.all(others.map((client, index) => WAYS[index % WAYS.length](client, random)));
  const checked = [await neglect(neglecting, random, visits), ...(await visits)];
  checked.push(await polite(await connect(), random));
  return checked.reduce((sum, bytes) => sum + bytes);
}

/**
 * `count` exchanges in all, by fifty clients at once: each message is random, and awaited. Returns the bytes compared.
 */
export async function exchange(connect: Connect, count: number): Promise<number> {
  const random = new Messages();
  const clients = await many(connect);
  let checked = 0;
  let left = count;
  const converse = async (client: Client) => {
    while (left > 0) {
      left--;
      const message = random.next(LARGEST);
      await client.send(message);
      const bytes = await expectBack(client, message);
      checked += bytes; // not before the others' bytes are in it
    }
    await client.part();
  };
  await Promise.all(clients.map(converse));
  return checked;
}
