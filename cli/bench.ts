/** Owns the word on where the benchmarks are: they bring browsers' drivers and peers along, which few programs want. */
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
