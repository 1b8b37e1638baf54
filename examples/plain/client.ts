/**
 * A client, as tutorials have it: sends three messages over two connections, and reads both answers after each.
 *
 *     pollux run --connect 127.0.0.1:9999 client.wasm 127.0.0.1 9999
 *
 * It is to be read, and expects each answer in one piece. assembly/programs/client.ts joins the pieces.
 */
import { args, connect, localAddress, print, recv, selectLists, send, takeError } from "pollux/assembly";

const messages = ["This is the message. ", "It will be sent ", "in parts."];
const words = args();
const sockets = [connect(words[1], I32.parseInt(words[2])), connect(words[1], I32.parseInt(words[2]))];
const buffer = new Uint8Array(1024);

for (let index = 0; index < sockets.length; index++) {
  selectLists([], [sockets[index]], []); // writable: it is connected, or has failed
  assert(takeError(sockets[index]) == 0, "the connection is refused");
}

for (let round = 0; round < messages.length; round++) {
  // Send the message on both sockets.
  for (let index = 0; index < sockets.length; index++) {
    print(`${localAddress(sockets[index])}: sending "${messages[round]}"`);
    const message = String.UTF8.encode(messages[round]);
    send(sockets[index], changetype<usize>(message), message.byteLength);
  }
  // Read the answers on both sockets.
  for (let index = 0; index < sockets.length; index++) {
    selectLists([sockets[index]], [], []);
    const count = recv(sockets[index], buffer.dataStart, buffer.length);
    print(`${localAddress(sockets[index])}: received "${String.UTF8.decodeUnsafe(buffer.dataStart, max(count, 0))}"`);
    if (count <= 0) print(`closing socket ${localAddress(sockets[index])}`);
  }
}
