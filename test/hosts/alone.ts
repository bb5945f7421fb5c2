/** Owns which sub-paths of the package are loaded on their own, each by the program alone/NAME.ts, and what these answer. */
import { ANSWER as edge } from "./alone/edge.ts";
import { ANSWER as executors } from "./alone/executors.ts";
import { ANSWER as http } from "./alone/http.ts";
import { ANSWER as subprocess } from "./alone/subprocess.ts";
import { ANSWER as testing } from "./alone/testing.ts";
import { ANSWER as wasi } from "./alone/wasi.ts";

export const answersAlone = { edge, executors, http, subprocess, testing, wasi };
