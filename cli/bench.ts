/** Owns the pointer to the benchmarks: they bring browser drivers and peers along, which few programs want. */
import { type Command, UsageError } from "./command-line.ts";

export const bench: Command = {
  name: "bench",
  about: "the benchmarks are a package of their own: npx @wasyncio/bench",
  run(args) {
    throw new UsageError(
      `the benchmarks are a package of their own: ${["npx @wasyncio/bench", ...args].join(" ")}`,
    );
  },
};
