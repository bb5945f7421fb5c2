/** The contract of hosts on the edge-runtime package. */
import { edgeRuntime } from "../../hosts/edge-runtime.ts";
import { onHost } from "./on-host.ts";

await onHost(edgeRuntime, {
  host: "edge-light",
  sockets: "none",
  fetch: true,
  taskStorage: false,
  clockStepMs: 0,
});
