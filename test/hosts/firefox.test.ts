/** The contract of hosts in Firefox: in a page, and in a worker. */
import { firefox, firefoxWorker } from "../../hosts/firefox.ts";
import { onHost } from "./on-host.ts";

const expected = {
  host: "browser",
  sockets: "none",
  fetch: true,
  taskStorage: false,
  clockStepMs: 1,
} as const;

await onHost(firefox, expected);
await onHost(firefoxWorker, { ...expected, startsWorkers: false });
