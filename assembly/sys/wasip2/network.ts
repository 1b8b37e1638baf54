/** The network of the program's sockets. */
import { instance_network } from "../wasi-0-2";

let network: i32 = 0;

/** A handle that is never dropped. */
export function instanceNetwork(): i32 {
  if (network == 0) network = instance_network();
  return network;
}
