/** What `wasyncio/subprocess` needs of Deno beside the main entry: processes, by Node's modules, once they are permitted. */
import { denoProcessRefusal, sendSignalByDeno } from "../../host/deno-processes.ts";
import { guardedProcesses } from "../../host/guarded-processes.ts";
import { nodeProcesses } from "../../host/node-processes.ts";
import { provideProcesses } from "../../host/processes.ts";

provideProcesses(guardedProcesses(nodeProcesses(sendSignalByDeno), denoProcessRefusal));
