/** The thread of the net driver's I/O end. */
import { serveClient } from "./io-thread.ts";
import { NetNetwork } from "./network.ts";

serveClient("net", new NetNetwork());
