/** The program of the worker that runs a WASI program: joins a worker's messages to it. Built into one text (scripts/build.mjs). */
import { webClock } from "../../host/web-clock.ts";
import { workerMessages } from "../../host/worker-messages.ts";
import { type Beginning, runInWorker } from "../../wasi/worker.ts";

workerMessages<Beginning>((beginning, post) => runInWorker(beginning, post, webClock));
