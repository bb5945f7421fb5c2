/** The contract of hosts in WebKitGTK: in a page, and in a worker. */
import { webkit, webkitWorker } from "../../hosts/webkit.ts";
import { onHost } from "./on-host.ts";

const expected = {
  host: "browser",
  sockets: "none",
  fetch: true,
  taskStorage: false,
  clockStepMs: 1,
  sharesMemory: false,
} as const;

await onHost(webkit, expected);
await onHost(webkitWorker, expected);
