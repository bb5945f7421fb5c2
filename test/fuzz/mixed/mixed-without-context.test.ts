// Mixed programs on a host that cannot tell whose code runs after a foreign `await`.

import { mixedCases } from "./cases.ts";

mixedCases("without async context");
