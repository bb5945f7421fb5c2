/** The parts in the order in which they are shown. */
import type { Part } from "../part.ts";
import { breakfast } from "./breakfast.ts";
import { callback } from "./callback.ts";
import { cancel } from "./cancel.ts";
import { group } from "./group.ts";
import { hello } from "./hello.ts";
import { hour } from "./hour.ts";
import { loops } from "./loops.ts";
import { pages } from "./pages.ts";
import { periodic } from "./periodic.ts";
import { queue } from "./queue.ts";
import { timeouts } from "./timeouts.ts";
import { watch } from "./watch.ts";

export const parts: readonly Part[] = [
  ...[hello, breakfast, group, queue, cancel, timeouts, pages, periodic, callback, loops, hour, watch],
];
