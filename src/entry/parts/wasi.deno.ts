/** What `wasyncio/wasi` needs of Deno beside the main entry: processes of its own, which can be ended wherever they stand. */
import { denoChild } from "../../host/deno-child.ts";
import { denoFolders } from "../../host/deno-folders.ts";
import { denoProcessRefusal, sendSignalByDeno } from "../../host/deno-processes.ts";
import { guardedProcesses } from "../../host/guarded-processes.ts";
import { CHILD_PRELUDE } from "../../host/node-child.ts";
import { nodeFolders } from "../../host/node-folders.ts";
import { nodeProcesses } from "../../host/node-processes.ts";
import { inProcesses } from "../../wasi/child-process.ts";
import { programSource } from "../../wasi/program-source.ts";
import { provideRunner } from "../../wasi/runner.ts";

const processes = guardedProcesses(nodeProcesses(sendSignalByDeno), denoProcessRefusal);
provideRunner(inProcesses(processes, denoChild, CHILD_PRELUDE + programSource, denoFolders(nodeFolders)));
