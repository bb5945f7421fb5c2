/** What `wasyncio/wasi` needs of a host that no condition names beside the main entry: workers, and where there are none the place itself. */

import { webClock } from "../../host/web-clock.ts";
import { webThreads } from "../../host/web-workers.ts";
import { inPlace } from "../../wasi/in-place.ts";
import { programSource } from "../../wasi/program-source.ts";
import { provideRunner } from "../../wasi/runner.ts";
import { inWorkers } from "../../wasi/worker-process.ts";

const startThread = webThreads();
provideRunner(startThread ? inWorkers(startThread, programSource, undefined) : inPlace(webClock));
