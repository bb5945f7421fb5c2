/** Owns which sub-paths of the package are loaded alone, each by the program alone/NAME.ts, and what these answer. */
import { ANSWER as edge } from "./alone/edge.ts";
import { ANSWER as executors } from "./alone/executors.ts";
import { ANSWER as http } from "./alone/http.ts";
import { ANSWER as testing } from "./alone/testing.ts";

export const answersAlone = { edge, executors, http, testing };
