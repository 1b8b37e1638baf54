/** The sockets of the server's program, their kernel buffers, and what each end can do. */
import type { Action } from "../session/actions.ts";
import type { ClientState, SocketState } from "../session/snapshot.ts";
import { Descriptor } from "./descriptor.tsx";
import { act, chosen, snapshot } from "./stage-state.ts";
import { words } from "./words.ts";

/** Bytes that are drawn one by one. */
const DRAWN = 10;
const CROWD = 1000;
/** With more sockets than this, only the chosen one shows its buttons. */
const ROOMY = 4;

interface PokeProps {
  readonly does: Action;
  readonly label: string;
  /** Which socket or client, for those who cannot see the row. */
  readonly of: string;
  readonly disabled?: boolean;
}

function Poke({ does, label, of, disabled = false }: PokeProps) {
  return (
    <button type="button" disabled={disabled} aria-label={`${label}, ${of}`} onClick={() => act(does)}>
      {label}
    </button>
  );
}

function letter(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte.toString(16).padStart(2, "0");
}

/** A bar in proportion, and the first bytes. The key of a byte moves with it through the stream, so only new bytes fly in. */
function ReceiveBuffer({ socket }: { socket: SocketState }) {
  const { receive, content, fd, ended } = socket;
  const text = words.value.socket;
  const drawn = [...content.subarray(0, Math.min(receive.length, DRAWN))];
  const first = firstByteOf(socket);
  return (
    <div
      class={ended ? "buffer ended" : "buffer"}
      role="img"
      aria-label={text.buffer(fd, receive.length, receive.capacity)}
    >
      <span class="fill" style={{ width: `${Math.min(100, (100 * receive.length) / receive.capacity)}%` }} />
      <ol aria-hidden="true">
        {drawn.map((byte, index) => (
          <li key={first + index}>{letter(byte)}</li>
        ))}
        {receive.length > drawn.length && <li class="rest">{text.more(receive.length - drawn.length)}</li>}
      </ol>
    </div>
  );
}

/** The place in the stream of the first unread byte. */
function firstByteOf({ client, receive }: SocketState): number {
  const peer = snapshot.value!.clients.find((other) => other.client === client);
  return peer === undefined ? 0 : peer.sent - peer.send.length - receive.length;
}

function stateOf(socket: SocketState): string {
  const text = words.value.socket;
  if (socket.reset) return text.reset;
  if (socket.ended) return text.ended;
  if (socket.shut) return text.shut;
  return text.fromClient(socket.client!);
}

function ClientPokes({ client }: { client: ClientState }) {
  const text = words.value.socket;
  const { client: number } = client;
  const of = `${text.clientSide} ${number}`;
  const over = client.state !== "connected" && client.state !== "waiting";
  const sends = !over && !client.shut;
  return (
    <>
      <span>{text.clientSide}</span>
      <div>
        {[1, 10].map((length) => (
          <Poke
            key={length}
            {...{ of, disabled: !sends, label: text.send(length) }}
            does={{ call: "client_send", client: number, length }}
          />
        ))}
        <Poke {...{ of, disabled: !sends, label: text.flood }} does={{ call: "client_flood", client: number }} />
        <Poke {...{ of, disabled: !sends, label: text.halfClose }} does={{ call: "client_shutdown", client: number }} />
        <Poke
          {...{ of, disabled: over, label: client.reads ? text.stopReading : text.readOn }}
          does={{ call: "client_reads", client: number, on: !client.reads }}
        />
        <Poke {...{ of, disabled: over, label: text.resetIt }} does={{ call: "client_reset", client: number }} />
      </div>
    </>
  );
}

function Stream({ socket }: { socket: SocketState }) {
  const text = words.value.socket;
  const { fd, receive, send } = socket;
  const client = snapshot.value!.clients.find(({ client }) => client === socket.client);
  const of = `fd ${fd}`;
  return (
    <div class="socket">
      <div class="name">
        <Descriptor fd={fd} />
        <span class="state">{stateOf(socket)}</span>
        <span class="amount">{text.amount(receive.length, receive.capacity)}</span>
      </div>
      <ReceiveBuffer socket={socket} />
      {send.length > 0 && <p class="state sending">{text.sendBuffer(send.length)}</p>}
      {(snapshot.value!.sockets.length <= ROOMY || chosen.value === fd) && (
        <div class="pokes">
          {client !== undefined && <ClientPokes client={client} />}
          <span>{text.serverSide}</span>
          <div>
            <Poke {...{ of, label: text.read(4) }} does={{ call: "recv", fd, length: 4 }} />
            <Poke {...{ of, label: text.readAll }} does={{ call: "recv", fd }} />
            <Poke {...{ of, label: text.answer(10), disabled: socket.shut }} does={{ call: "send", fd, length: 10 }} />
            <Poke {...{ of, label: text.close }} does={{ call: "close", fd }} />
          </div>
        </div>
      )}
    </div>
  );
}

function Listener({ socket }: { socket: SocketState }) {
  const text = words.value.socket;
  const { fd, receive } = socket;
  const of = `fd ${fd}`;
  const waiting = snapshot.value!.clients.filter(({ listener, state }) => listener === fd && state === "waiting");
  return (
    <div class="socket">
      <div class="name">
        <Descriptor fd={fd} />
        <span class="state">{text.listener}</span>
        <span class="amount">{text.waiting(receive.length)}</span>
      </div>
      <div class="pokes">
        <span>{text.serverSide}</span>
        <div>
          <Poke {...{ of, label: text.accept }} does={{ call: "accept", fd }} />
          <Poke {...{ of, label: text.close }} does={{ call: "close", fd }} />
        </div>
        <span>{text.clientSide}</span>
        <div>
          <Poke {...{ of, label: text.connect }} does={{ call: "connect", fd }} />
        </div>
        {waiting.slice(0, 2).map((client) => (
          <ClientPokes key={client.client} client={client} />
        ))}
      </div>
    </div>
  );
}

export function Sockets() {
  const { sockets, crowd, instances } = snapshot.value!;
  const text = words.value.socket;
  return (
    <>
      {sockets.length === 0 && <p class="empty">{text.none}</p>}
      <div class={sockets.length > ROOMY ? "rows many" : "rows"}>
        {sockets.map((socket) =>
          socket.kind === "listener" ? (
            <Listener key={socket.fd} socket={socket} />
          ) : (
            <Stream key={socket.fd} socket={socket} />
          ),
        )}
      </div>
      {crowd > 0 && <p class="empty">{text.others(crowd)}</p>}
      <div class="more">
        <button type="button" onClick={() => act({ call: "listen" })}>
          {text.listen}
        </button>
        <button type="button" onClick={() => act({ call: "crowd", count: CROWD, ep: instances[0]?.ep })}>
          {text.crowd(CROWD)}
        </button>
      </div>
    </>
  );
}
