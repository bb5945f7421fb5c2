/** Owns what the tests of handles have called on the loop, and what came of it. */
import { sleep } from "wasyncio";

/** What the workers call. */
export class Calls {
  readonly counts = new Map<number, number>();
  outOfOrder = 0;

  readonly functions = {
    heard: (sender: number, index: number) => {
      if (index !== (this.counts.get(sender) ?? 0)) this.outOfOrder++;
      this.counts.set(sender, (this.counts.get(sender) ?? 0) + 1);
    },
    countOf: (sender: number) => this.counts.get(sender) ?? 0,
    *generator(ms: number) {
      yield* sleep(ms);
      return "slept";
    },
    plain: (n: number) => n + 1,
    echo: async (text: string) => text,
    failing: async () => {
      throw Object.assign(new RangeError("on the loop"), { code: "E_LOOP" });
    },
    endless: () => sleep(1e9),
    raise: (flag: Int32Array) => void Atomics.store(flag, 0, 1),
    unsendable: () => () => {},
  };
}

export type OnLoop = Calls["functions"];
