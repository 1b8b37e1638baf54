/** The network of a component, which can be open before the component is compiled: clients wait less, and none is refused. */
import { formatAddress } from "../addresses/address.ts";
import type { SocketAddress } from "../addresses/socket-address.ts";
import { ofOneFamily } from "../bindings/preview2/sockets/address.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import type { WasiHostOptions } from "../options/options.ts";
import { Network } from "./network.ts";

/**
 * Opens the driver and the listeners of a component. As its own sockets, the listeners have one family.
 *
 * @throws as `Network.open`; ArgumentError for a Unix socket
 */
export async function openComponentNetwork(options: WasiHostOptions): Promise<Network> {
  const network = await Network.open(options, true, (address) => ofOneFamily(withoutPath(address)));
  try {
    network.addresses.forEach(withoutPath);
    return network;
  } catch (error) {
    network.abandon();
    throw error;
  }
}

function withoutPath(address: SocketAddress): SocketAddress {
  if (address.port !== -1) return address;
  throw new ArgumentError(
    `a component cannot listen on ${formatAddress(address)}: WASI 0.2 has no Unix sockets; listen on HOST:PORT, or build a module`,
  );
}
