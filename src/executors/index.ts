/** `wasyncio/executors`: calls in threads and processes. */
/// <reference lib="esnext.disposable" preserve="true" />
export { BrokenExecutorError, ExecutorError, type ExecutorErrorCode } from "./errors.ts";
export { Executor, type MapOptions, type ShutdownOptions, type Yielded } from "./executor.ts";
export { ExecutorFuture } from "./future.ts";
export { MapResults } from "./map.ts";
export { type CancelRunning, type PoolOptions, WorkerPool } from "./pool.ts";
export { ProcessPoolExecutor, type ProcessPoolOptions } from "./process-pool.ts";
export type { ProgressIterator } from "./progress.ts";
export { fromModule, fromWorker, type ReferencesTo, transfer } from "./reference.ts";
export { ThreadPoolExecutor, type ThreadPoolOptions } from "./thread-pool.ts";
