// The command `wasyncio-bench`: reads what is wanted, has it done, and says how it went by its exit code.
import { runBench } from "./bench.ts";
import { readOptions, USAGE, UsageError } from "./options.ts";
import { Programs } from "./programs.ts";

const BAD_USE = 2;

const programs = new Programs();
process.once("exit", () => programs.close());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    programs.close();
    process.kill(process.pid, signal);
  });
}
try {
  const options = readOptions(process.argv.slice(2), programs.contents);
  if (options === "help") console.log(USAGE);
  else if (options === "version") console.log(programs.contents.versions.wasyncio);
  else process.exitCode = await runBench(options, programs);
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`wasyncio-bench: ${error.message}\nSee --help.`);
    process.exitCode = BAD_USE;
  } else {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    process.exitCode = 1;
  }
}
