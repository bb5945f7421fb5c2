/** What `wasyncio/executors` needs on Node: its threads and processes, and the default executor and handles of loops. */
import { provideDefaultExecutor, provideRemote } from "../../core/executor.ts";
import { remoteOf } from "../../executors/remote.ts";
import { ThreadPoolExecutor } from "../../executors/thread-pool.ts";
import { nodeWorkers } from "../../host/node-workers.ts";
import { provideWorkers } from "../../host/workers.ts";

provideWorkers(nodeWorkers("node"));
provideDefaultExecutor(() => new ThreadPoolExecutor({ threadNamePrefix: "asyncio" }));
provideRemote(remoteOf);
