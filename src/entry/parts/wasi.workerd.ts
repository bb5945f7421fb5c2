/** What `wasyncio/wasi` does on workerd: there are no workers, so programs run in place. */
import { webClock } from "../../host/web-clock.ts";
import { inPlace } from "../../wasi/in-place.ts";
import { provideRunner } from "../../wasi/runner.ts";

provideRunner(inPlace(webClock));
