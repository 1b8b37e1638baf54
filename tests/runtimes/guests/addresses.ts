/** A HOST:PORT in memory as the guest reads it, and as it prints it then. */
import { addressText, parseHostPort } from "../../../assembly/net/address";
import { SOCKET_ADDRESS_SIZE } from "../../../assembly/sys/socket-address";

const address = memory.data(SOCKET_ADDRESS_SIZE, 8);

/** Puts what it prints in the place of the `length` bytes of text. Returns how long that is; -1 for no address. */
export function printed(text: usize, length: i32): i32 {
  if (!parseHostPort(String.UTF8.decodeUnsafe(text, length), address)) return -1;
  const result = addressText(address);
  return <i32>String.UTF8.encodeUnsafe(changetype<usize>(result), result.length, text);
}
