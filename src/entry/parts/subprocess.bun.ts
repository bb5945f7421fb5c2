/** What `wasyncio/subprocess` needs of Bun beside the main entry: processes. */
import { nodeProcesses } from "../../host/node-processes.ts";
import { provideProcesses } from "../../host/processes.ts";

provideProcesses(nodeProcesses());
