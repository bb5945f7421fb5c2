/** The program of the executors' own workers. Built into one text (scripts/build.mjs). */

import { serve } from "../../executors/worker/serve.ts";
import { portOfProgram } from "../../host/worker-realm.ts";

const port = portOfProgram();
if (port !== undefined) serve(port, {});
