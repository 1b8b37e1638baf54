/**
 * An echo server with a selector, as tutorials have it: the data of a registration is the function to call.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-selectors.wasm
 *
 * It is to be read, and serves polite clients. assembly/programs/echo-selectors.ts serves all.
 */
import { accept, close, DefaultSelector, Descriptor, EVENT_READ, FileObject, inherited } from "pollux/assembly";
import { peerAddress, print, recv, send } from "pollux/assembly";

type Callback = (file: FileObject, mask: i32) => void;

const selector = new DefaultSelector<Callback>();
const buffer = new Uint8Array(1000);

function welcome(server: FileObject, _mask: i32): void {
  const connection = accept(server.fileno());
  print(`accepted ${connection} from ${peerAddress(connection)}`);
  selector.register(new Descriptor(connection), EVENT_READ, read);
}

function read(connection: FileObject, _mask: i32): void {
  const fd = connection.fileno();
  const count = recv(fd, buffer.dataStart, buffer.length);
  if (count > 0) {
    print(`echoing ${String.UTF8.decodeUnsafe(buffer.dataStart, count)} to ${fd}`);
    send(fd, buffer.dataStart, count);
  } else {
    print(`closing ${fd}`);
    selector.unregister(connection);
    close(fd);
  }
}

selector.register(new Descriptor(inherited(0)), EVENT_READ, welcome);

while (true) {
  const ready = selector.select();
  while (ready.next()) ready.key.data(ready.key.fileobj, ready.mask);
}
