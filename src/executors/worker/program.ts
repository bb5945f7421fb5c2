/** The program of the executors' own workers. The build makes a text of it (src/executors/worker-program.ts). */
import { portOfProgram } from "../../host/worker-realm.ts";
import { serve } from "./serve.ts";

const port = portOfProgram();
if (port !== undefined) serve(port, {});
