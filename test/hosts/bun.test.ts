/** The contract of hosts on Bun. */
import { bun } from "../../hosts/process.ts";
import { onHost } from "./on-host.ts";

await onHost(bun, { host: "bun", sockets: "all", fetch: true, taskStorage: true, clockStepMs: 0 });
