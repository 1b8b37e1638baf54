/** The channels to a guest's thread, as its driver needs them. */
import type { Channels } from "./channels.ts";

/** `driver`: the name of the guest's driver; `opened`: the table of the guest's thread. */
export async function openChannels(driver: string, opened: SharedArrayBuffer): Promise<Channels> {
  if (driver === "posix") return new (await import("./pipe-channels.ts")).PipeChannels(opened);
  return new (await import("./socket-channels.ts")).SocketChannels();
}
