/** A policy that makes the loops of `run`. */
import {
  DefaultEventLoopPolicy,
  type EventLoop,
  type LoopOptions,
  run,
  setEventLoopPolicy,
  sleep,
} from "wasyncio";
import { check, type Part } from "../part.ts";

export const policy: Part = {
  name: "policy",
  title: "a custom policy that makes every loop in debug mode",
  async run(print) {
    class DebugPolicy extends DefaultEventLoopPolicy {
      made = 0;

      override newEventLoop(options?: LoopOptions): EventLoop {
        this.made++;
        const loop = super.newEventLoop({ ...options, debug: true });
        loop.slowCallbackDuration = 1000;
        print(`the policy makes loop ${this.made}: ${loop}`);
        return loop;
      }
    }
    const ours = new DebugPolicy();
    setEventLoopPolicy(ours);
    try {
      const result = await run(() => sleep(5, "ran on it"));
      check(ours.made === 1, "run asks the policy for its loop");
      return `${ours.made} loop made by it, ${result}`;
    } finally {
      setEventLoopPolicy(null);
    }
  },
};
