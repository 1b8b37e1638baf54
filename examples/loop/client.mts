/**
 * The client of client.mjs on the loop: sends three messages over two connections. Each answer is as long as its message.
 *
 *     node client.mjs 127.0.0.1:9999
 */
import { connect } from "pollux/loop";

const address = process.argv[2] ?? "127.0.0.1:9999";

async function converse(): Promise<void> {
  await using stream = await connect(address);
  const name = `${stream.localAddress?.host}:${stream.localAddress?.port}`;
  for (const message of ["This is the message. ", "It will be sent ", "in parts."]) {
    console.log(`${name}: sending "${message}"`);
    await stream.write(message);
    let answer = "";
    while (answer.length < message.length) {
      const chunk = await stream.read();
      if (chunk === undefined) throw new Error("closed by the server");
      answer += new TextDecoder().decode(chunk);
    }
    console.log(`${name}: received "${answer}"`);
  }
}

try {
  await Promise.all([converse(), converse()]);
} catch (error) {
  console.error(`${address}: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
