/** The contract of hosts in Chromium: in a page, and in a worker. */
import { chromium, chromiumWorker } from "../../hosts/chromium.ts";
import { onHost } from "./on-host.ts";

const expected = {
  host: "browser",
  sockets: "none",
  fetch: true,
  taskStorage: false,
  clockStepMs: 0.1,
} as const;

await onHost(chromium, expected);
await onHost(chromiumWorker, expected);
