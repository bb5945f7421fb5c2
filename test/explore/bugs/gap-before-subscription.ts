/**
 * A gap before a subscription: the value is fetched first and changes are listened to after that, and a change in between is
 * never heard of.
 * After https://github.com/kibertoad/layered-loader/pull/414, whose listener came with the server's answer.
 */
import { gather, sleep } from "wasyncio";
import { must } from "./must.ts";

interface State {
  readonly version: number;
}

export async function gapBeforeSubscription(mended: boolean): Promise<void> {
  const listeners = new Set<(state: State) => void>();
  let atServer: State = { version: 1 };
  let here: State = { version: 0 };

  function take(state: State): void {
    if (state.version > here.version) here = state;
  }

  async function fetch(): Promise<State> {
    const state = atServer;
    await sleep(5);
    return state;
  }

  async function follow(): Promise<void> {
    if (mended) listeners.add(take);
    take(await fetch());
    listeners.add(take);
  }

  async function change(): Promise<void> {
    await sleep(5);
    atServer = { version: 2 };
    for (const listener of listeners) listener(atServer);
  }

  await gather(follow, change);
  must(here.version === 2, "the change was never heard of");
}
