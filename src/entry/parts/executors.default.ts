/** What `wasyncio/executors` needs on a host that no condition names: Web Workers, if it has them, and the default executor of loops. */
import { provideDefaultExecutor } from "../../core/executor.ts";
import { ThreadPoolExecutor } from "../../executors/thread-pool.ts";
import { webWorkers } from "../../host/web-workers.ts";
import { provideWorkers } from "../../host/workers.ts";

provideWorkers(webWorkers());
provideDefaultExecutor(() => new ThreadPoolExecutor({ threadNamePrefix: "asyncio" }));

export * from "../../executors/index.ts";
