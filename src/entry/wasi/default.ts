/** What `wasyncio/wasi` needs of a host that no condition names beside the main entry: workers, and where there are none the place itself. */

import { webClock } from "../../host/web-clock.ts";
import { hasWebWorkers, startWebWorker } from "../../host/web-workers.ts";
import { inPlace } from "../../wasi/in-place.ts";
import { provideRunner } from "../../wasi/runner.ts";
import { inWorkers } from "../../wasi/worker-process.ts";
import { workerSource } from "../../wasi/worker-source.ts";

provideRunner(hasWebWorkers() ? inWorkers(startWebWorker, workerSource, undefined) : inPlace(webClock));
