/** What `wasyncio/wasi` needs of Node beside the main entry: threads and folders. */
import { nodeFolders } from "../../host/node-folders.ts";
import { startNodeThread } from "../../host/node-threads.ts";
import { programSource } from "../../wasi/program-source.ts";
import { provideRunner } from "../../wasi/runner.ts";
import { inWorkers } from "../../wasi/worker-process.ts";

provideRunner(inWorkers(startNodeThread, programSource, nodeFolders));
