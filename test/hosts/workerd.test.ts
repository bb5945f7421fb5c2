/** The contract of hosts on workerd, with Node's modules and without. */
import { workerd, workerdPlain } from "../../hosts/workerd.ts";
import { onHost } from "./on-host.ts";

const expected = { host: "workerd", sockets: "connect", fetch: true, clockStepMs: 1 } as const;

await onHost(workerd, { ...expected, taskStorage: true });
await onHost(workerdPlain, { ...expected, taskStorage: false });
