/** What `wasyncio/wasi` needs of Node beside the main entry: threads and folders. */
import { nodeFolders } from "../../host/node-folders.ts";
import { startNodeWorker } from "../../host/node-workers.ts";
import { provideRunner } from "../../wasi/runner.ts";
import { inWorkers } from "../../wasi/worker-process.ts";
import { workerSource } from "../../wasi/worker-source.ts";

provideRunner(inWorkers(startNodeWorker, workerSource, nodeFolders));
