import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";

const [host, port] = process.argv[2].split(":");
const first = connect(port, host);
await once(first, "connect"); // connected, and silent
const second = connect(port, host);
second.write("hello");
const answer = once(second, "data");

const patience = setTimeout(2000, undefined, { ref: false });
if ((await Promise.race([answer, patience])) === undefined) {
  console.log("no answer for the second client while the first is silent");
  first.destroy();
}
console.log("the second client receives:", String((await answer)[0]));
first.destroy();
second.destroy();
