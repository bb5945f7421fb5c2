/** What `wasyncio/executors` needs on a host that no condition names: Web Workers, if it has them, and the default executor and handles of loops. */
import { provideDefaultExecutor, provideRemote } from "../../core/executor.ts";
import { remoteOf } from "../../executors/remote.ts";
import { ThreadPoolExecutor } from "../../executors/thread-pool.ts";
import { webWorkers } from "../../host/web-workers.ts";
import { provideWorkers } from "../../host/workers.ts";

provideWorkers(webWorkers());
provideDefaultExecutor(() => new ThreadPoolExecutor({ threadNamePrefix: "asyncio" }));
provideRemote(remoteOf);
