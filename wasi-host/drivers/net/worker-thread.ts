/** The thread of the net driver's back. */
import { serveFront } from "./back-thread.ts";
import { NetNetwork } from "./network.ts";

serveFront("net", new NetNetwork());
