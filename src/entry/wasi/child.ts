/** The program of the process that runs a WASI program on Deno and Bun. Built into one text (scripts/build.mjs). */
import { exit, readInput, receive, tell, writeOutput } from "../../host/node-child.ts";
import { webClock } from "../../host/web-clock.ts";
import { runInChild } from "../../wasi/child.ts";

runInChild(receive() as Parameters<typeof runInChild>[0], {
  clock: webClock,
  read: readInput,
  write: writeOutput,
  tell,
});
exit();
