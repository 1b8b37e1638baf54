/** The thread of the web driver's back, for a suite that puts its own to sleep; workerd's sockets are stood in for. */
import { serveFront } from "../../wasi-host/drivers/net/back-thread.ts";
import { StandInNetwork } from "./workers-stand-in.ts";

serveFront("web", new StandInNetwork());
