/** Sends texts and bytes of many sizes over many WebSockets at once to 127.0.0.1 and the port given, and compares. */
const SOCKETS = 20;
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 300_000];

async function visit(number) {
  const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}/echo`, ["echo"]);
  socket.binaryType = "arraybuffer";
  const next = (name) =>
    new Promise((resolve, reject) => {
      socket.addEventListener(name, resolve, { once: true });
      socket.addEventListener("error", ({ message }) => reject(new Error(`socket ${number}: ${message}`)), {
        once: true,
      });
    });
  await next("open");
  if (socket.protocol !== "echo") throw new Error(`the protocol is '${socket.protocol}'`);

  const texts = [`socket ${number}, größe ✓`];
  for (const sent of [...texts, ...SIZES.map((size) => new Uint8Array(size).fill(number + size))]) {
    const answer = next("message");
    socket.send(sent);
    const { data } = await answer;
    const same = typeof sent === "string" ? sent === data : Buffer.from(data).equals(Buffer.from(sent));
    if (!same) throw new Error(`socket ${number}: sent ${sent.length}, got ${data.length ?? data.byteLength}`);
  }
  const closed = next("close");
  socket.close(4001, "enough");
  const { code, reason } = await closed;
  return { messages: texts.length + SIZES.length, closed: `${code}, ${reason}` };
}

const visits = await Promise.all(Array.from({ length: SOCKETS }, (_, number) => visit(number)));
const messages = visits.reduce((sum, visited) => sum + visited.messages, 0);
console.log(
  `${SOCKETS} sockets, ${messages} messages, ${visits.length} closed by ${[...new Set(visits.map(({ closed }) => closed))]}`,
);
