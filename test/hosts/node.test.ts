/** The contract of hosts on Node: the one that runs the tests, and those of hosts/nodes. */
import { otherNodes, thisNode } from "../../hosts/process.ts";
import { onHost } from "./on-host.ts";

for (const node of [thisNode, ...otherNodes]) {
  await onHost(node, { host: "node", sockets: "all", fetch: true, taskStorage: true, clockStepMs: 0 });
}
