// Runs a program in the process that it is started in, and prints its answer. Plain JavaScript, since every
// version of every command must run it as it is; copied into the build.
//
//   COMMAND launcher.mjs PROGRAM CONFIG
import { pathToFileURL } from "node:url";

const [file = "", config = "null"] = process.argv.slice(2);
const { default: main } = await import(pathToFileURL(file).href);
const answer = JSON.stringify(await main(JSON.parse(config)));
// One write, and the process ends by itself: whatever keeps it alive is up to the program.
process.stdout.write(`answer of the program: ${answer}\n`);
