/** What `wasyncio/executors` needs in pages: their workers, and the default executor and handles of loops. */
import { provideDefaultExecutor, provideRemote } from "../../core/executor.ts";
import { remoteOf } from "../../executors/remote.ts";
import { ThreadPoolExecutor } from "../../executors/thread-pool.ts";
import { webWorkers } from "../../host/web-workers.ts";
import { provideWorkers } from "../../host/workers.ts";

provideWorkers(webWorkers());
provideDefaultExecutor(() => new ThreadPoolExecutor({ threadNamePrefix: "asyncio" }));
provideRemote(remoteOf);
