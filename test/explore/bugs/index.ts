/**
 * Owns the list of known concurrency bugs, each of them a small program with the bug and without. In the order in which tasks
 * are served by the loop the bug does not show; in another legal order, or where a task is cancelled, it does.
 */
import type { Coroutine } from "wasyncio";
import { chargedTwice } from "./charged-twice.ts";
import { cutCleanUp } from "./cut-clean-up.ts";
import { doubleClose } from "./double-close.ts";
import { earlyJoin } from "./early-join.ts";
import { exceededLimit } from "./exceeded-limit.ts";
import { forgottenKey } from "./forgotten-key.ts";
import { gapBeforeSubscription } from "./gap-before-subscription.ts";
import { handedOutTwice } from "./handed-out-twice.ts";
import { interleavedFrames } from "./interleaved-frames.ts";
import { leakedPermit } from "./leaked-permit.ts";
import { leakedWhileConnecting } from "./leaked-while-connecting.ts";
import { leaseOfAnother } from "./lease-of-another.ts";
import { lockInversion } from "./lock-inversion.ts";
import { lostConnection } from "./lost-connection.ts";
import { lostItem } from "./lost-item.ts";
import { lostWakeUp } from "./lost-wake-up.ts";
import { missedNotify } from "./missed-notify.ts";
import { overdrawnBucket } from "./overdrawn-bucket.ts";
import { overtakenUpdate } from "./overtaken-update.ts";
import { philosophers } from "./philosophers.ts";
import { refreshedTwice } from "./refreshed-twice.ts";
import { replyOfAnother } from "./reply-of-another.ts";
import { requestedTwice } from "./requested-twice.ts";
import { retiringWorker } from "./retiring-worker.ts";
import { staleEntry } from "./stale-entry.ts";
import { starvedRetry } from "./starved-retry.ts";
import { stolenWakeUp } from "./stolen-wake-up.ts";
import { swallowedCancellation } from "./swallowed-cancellation.ts";
import { twoLeaders } from "./two-leaders.ts";
import { unorderedWrites } from "./unordered-writes.ts";
import { usedAfterClose } from "./used-after-close.ts";

export interface Bug {
  readonly name: string;
  /** Where it was found in a public project. */
  readonly foundIn?: string;
  /** It shows where tasks are cancelled at their waits. */
  readonly cancellations?: boolean;
  /** Ends with an error, or not at all, where the bug shows. */
  readonly program: (mended: boolean) => Coroutine<void> | Promise<void>;
}

export const bugs: readonly Bug[] = [
  { name: "a lost wake-up", program: lostWakeUp },
  { name: "a stolen wake-up", program: stolenWakeUp },
  { name: "a missed notify", program: missedNotify },
  { name: "a lock inversion", program: lockInversion },
  { name: "a deadlock in a ring", program: philosophers },
  { name: "a retry that starves", program: starvedRetry },
  { name: "a request made twice", foundIn: "ganache#4411", program: requestedTwice },
  { name: "a stale entry in a cache", foundIn: "layered-loader#414", program: staleEntry },
  { name: "a gap before a subscription", foundIn: "layered-loader#414", program: gapBeforeSubscription },
  { name: "a double close", foundIn: "node#2950", program: doubleClose },
  { name: "a use after close", program: usedAfterClose },
  { name: "a semaphore's permit leaked", foundIn: "python/asyncio#270", program: leakedPermit },
  { name: "a swallowed cancellation", foundIn: "cpython#86296", program: swallowedCancellation },
  { name: "a queue joined too early", program: earlyJoin },
  { name: "an item lost by a time-out", foundIn: "tornado#2826", program: lostItem },
  { name: "an unordered pair of writes", program: unorderedWrites },
  { name: "an update that overtakes another", program: overtakenUpdate },
  { name: "frames that interleave", program: interleavedFrames },
  { name: "an overdrawn token bucket", foundIn: "node-ratelimiter#19", program: overdrawnBucket },
  { name: "a limit exceeded", foundIn: "aiohttp#4936", program: exceededLimit },
  { name: "a connection handed out twice", program: handedOutTwice },
  { name: "a connection that is nobody's", foundIn: "node-postgres#3543", program: lostConnection },
  { name: "the reply of another command", foundIn: "redis-py#2624", program: replyOfAnother },
  { name: "the lease of another given back", foundIn: "twenty#25661", program: leaseOfAnother },
  { name: "a token refreshed twice", foundIn: "axios#10701", program: refreshedTwice },
  { name: "a worker that retires as a job comes", foundIn: "HikariCP#452", program: retiringWorker },
  { name: "a key forgotten by a batch", program: forgottenKey },
  { name: "a charge made twice", program: chargedTwice },
  { name: "an election with two leaders", foundIn: "camunda#5356", program: twoLeaders },
  { name: "a place leaked by a cancellation", cancellations: true, program: leakedWhileConnecting },
  {
    name: "a clean-up cut short",
    foundIn: "redis-py#4123",
    cancellations: true,
    program: cutCleanUp,
  },
];
