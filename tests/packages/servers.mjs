/** For a project that has installed the package: two echo servers in one process, by the library, and a program by the host. */
import { Core, DefaultSelector, EVENT_READ, EVENT_WRITE, Socket } from "pollux";
import { run } from "pollux/host";
import bytes from "pollux/wasm/programs/echo-epoll/bytes";

const core = await Core.open();
const selector = new DefaultSelector(core);
const listener = Socket.listen(core, "127.0.0.1:0");
selector.register(listener, EVENT_READ);
console.log(`the library, over the ${core.driver.name} driver, listens on 127.0.0.1:${listener.localAddress.port}`);

const options = { args: ["echo-epoll", "--edge", "--quiet"], listen: ["127.0.0.1:0"] };
const onListening = ([{ port }]) => console.log(`the host listens on 127.0.0.1:${port}`);
void run(await WebAssembly.compile(bytes), { ...options, onListening });

function welcome() {
  for (let client = listener.accept(); client !== undefined; client = listener.accept()) {
    selector.register(client, EVENT_READ, { waiting: new Uint8Array(0), ended: false });
  }
}

/** Reads while nothing waits to be sent, and writes while something does. */
function serve(client, connection, mask) {
  if (mask & EVENT_READ) {
    const buffer = new Uint8Array(65_536);
    const count = client.recv(buffer);
    connection.ended = count === 0;
    connection.waiting = buffer.subarray(0, Math.max(count, 0));
  }
  if (connection.waiting.length > 0) {
    connection.waiting = connection.waiting.subarray(Math.max(client.send(connection.waiting), 0));
  }
  if (connection.ended) {
    selector.unregister(client);
    client.close();
  } else selector.modify(client, connection.waiting.length > 0 ? EVENT_WRITE : EVENT_READ, connection);
}

for (;;) {
  for (const [{ fileobj, data }, mask] of await selector.select()) {
    if (fileobj === listener) welcome();
    else serve(fileobj, data, mask);
  }
}
