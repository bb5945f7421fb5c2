/**
 * The parts in the order in which they are shown. Each file next to this one is a program and nothing else, except for its last line:
 * what a standalone program does there once, `play` does as often as it is called.
 */
import type { Part } from "../part.ts";
import { play as breakfast } from "./breakfast.ts";
import { play as callback } from "./callback.ts";
import { play as cancel } from "./cancel.ts";
import { play as group } from "./group.ts";
import { play as hello } from "./hello.ts";
import { play as hour } from "./hour.ts";
import { play as loops } from "./loops.ts";
import { play as pages } from "./pages.ts";
import { play as periodic } from "./periodic.ts";
import { play as queue } from "./queue.ts";
import { play as timeouts } from "./timeouts.ts";
import { play as watch } from "./watch.ts";

export const parts: readonly Part[] = [
  { name: "hello", title: "Two coroutines take turns", play: hello },
  { name: "breakfast", title: "Async functions, where await waits for the loop", play: breakfast },
  { name: "group", title: "One task of a group fails, and its siblings are cancelled", play: group },
  {
    name: "queue",
    title: "Two producers, three consumers, and room for two items between them",
    play: queue,
  },
  {
    name: "cancel",
    title: "A cancelled task cleans up, and the task that cancelled it waits for that",
    play: cancel,
  },
  {
    name: "timeouts",
    title: "Three jobs under a timeout: one answers, one is too slow, one fails",
    play: timeouts,
  },
  { name: "pages", title: "Four files fetched one by one, then all at once", play: pages },
  { name: "periodic", title: "A periodic timer, stopped by cancelling its handle", play: periodic },
  { name: "callback", title: "A future brings the news of one task's end to another", play: callback },
  { name: "loops", title: "Two loops side by side in one page", play: loops },
  { name: "hour", title: "An hour on a virtual clock, over in no time", play: hour },
  { name: "watch", title: "Goes on until you cancel it, and then unwinds", endless: true, play: watch },
];
