/** `wasyncio/executors/bullmq`: calls on any number of machines, by way of BullMQ and Redis. */
export { QueueExecutor, type QueueExecutorOptions } from "./executor.ts";
export { type QueueWorker, type QueueWorkerOptions, runWorker } from "./worker.ts";
