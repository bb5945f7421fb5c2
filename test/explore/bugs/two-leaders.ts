/**
 * An election with two leaders: a voter notes its vote when the vote is on its disk, and says yes to another candidate of the
 * same term meanwhile.
 * After https://github.com/camunda/camunda/issues/5356.
 */
import { type Coroutine, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

const LATENCY_MS = 1;

export function* twoLeaders(mended: boolean): Coroutine<void> {
  const votes = new Map<string, string>();
  const leaders: string[] = [];

  function* vote(voter: string, candidate: string): Coroutine<boolean> {
    const cast = votes.get(voter);
    if (cast !== undefined) return cast === candidate;
    if (mended) votes.set(voter, candidate);
    yield* sleep(1);
    votes.set(voter, candidate);
    return true;
  }

  function* ask(voter: string, candidate: string): Coroutine<boolean> {
    yield* sleep(LATENCY_MS);
    const agreed = yield* vote(voter, candidate);
    yield* sleep(LATENCY_MS);
    return agreed;
  }

  function* stand(candidate: string, others: readonly string[], afterMs: number): Coroutine<void> {
    if (afterMs > 0) yield* sleep(afterMs);
    votes.set(candidate, candidate);
    const answers = yield* gather(...others.map((voter) => ask(voter, candidate)));
    // Its own vote counts too: two of three are a majority.
    if (answers.includes(true)) leaders.push(candidate);
  }

  yield* gather(stand("a", ["c", "b"], 0), stand("b", ["c", "a"], 1));
  must(leaders.length <= 1, `${leaders.join(" and ")} both lead`);
}
