// Mixed programs on this runtime's host.

import { mixedCases } from "./cases.ts";

mixedCases("with async context");
