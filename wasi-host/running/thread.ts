/** The entry point of the host's threads (`runtime/threads.ts`). The build bundles it into its own file. */
import { workerData } from "node:worker_threads";
import { type Role, runsThreadFile } from "../runtime/threads.ts";

runsThreadFile(import.meta.url);
const { role } = workerData as { readonly role: Role };
if (role === "guest") await import("./guest-thread.ts");
else await import("../drivers/net/worker-thread.ts");
