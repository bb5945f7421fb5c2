/** What `wasyncio/wasi` needs of Bun beside the main entry: processes of its own, which can be ended wherever they stand. */
import { bunChild } from "../../host/bun-child.ts";
import { CHILD_PRELUDE } from "../../host/node-child.ts";
import { nodeFolders } from "../../host/node-folders.ts";
import { nodeProcesses } from "../../host/node-processes.ts";
import { inProcesses } from "../../wasi/child-process.ts";
import { programSource } from "../../wasi/program-source.ts";
import { provideRunner } from "../../wasi/runner.ts";

provideRunner(inProcesses(nodeProcesses(), bunChild, CHILD_PRELUDE + programSource, nodeFolders));
