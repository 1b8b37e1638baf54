/** The entry of the lab's worker, in a browser. */
import type { Request } from "./messages.ts";
import { serve } from "./service.ts";

const handle = serve((reply) => postMessage(reply));
addEventListener("message", ({ data }: MessageEvent<Request>) => void handle(data));
