/** The contract of hosts on Deno. */
import { deno } from "../../hosts/process.ts";
import { onHost } from "./on-host.ts";

await onHost(deno, { host: "deno", sockets: "all", fetch: true, taskStorage: true, clockStepMs: 0 });
