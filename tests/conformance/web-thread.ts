/** The web driver's I/O thread, for a suite whose own thread sleeps. Its sockets replace those of workerd. */
import { serveClient } from "../../wasi-host/drivers/net/io-thread.ts";
import { StandInNetwork } from "./workers-stand-in.ts";

serveClient("web", new StandInNetwork());
