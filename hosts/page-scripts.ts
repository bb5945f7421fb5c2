/**
 * Owns what surrounds a program in a page: the page, and the scripts that call the program, report what it prints and
 * hold its answer. They are texts, since they run in browsers as they are. They know no engine and use only what all engines share.
 */

/** The answer of a program, as the page holds it. */
export interface PageAnswer {
  /** What `main` returned, as JSON. */
  readonly answer?: string;
  /** What it threw, as text. */
  readonly error?: string;
}

/** The expression that waits for a page's answer. */
export const ANSWER = "globalThis.answerOfProgram";

export const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>wasyncio</title>
<link rel="icon" href="data:,">
<script type="module" src="page.js"></script>
`;

/** Runs the program in the page. */
export const PAGE_SCRIPT = `import { runProgram } from "./run.js";
globalThis.answerOfProgram = runProgram();
`;

/** Runs the program in a worker. What goes wrong before the worker runs is the answer; later errors it reports itself. */
export const WORKER_PAGE_SCRIPT = `globalThis.answerOfProgram = new Promise((resolve) => {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  let started = false;
  worker.addEventListener("message", ({ data }) => {
    if (data?.programStarted) started = true;
    if (data?.answerOfProgram) resolve(data.answerOfProgram);
  });
  worker.addEventListener("error", (event) => {
    if (!started) resolve({ error: "the worker did not start: " + (event.message ?? "it could not be loaded") });
  });
});
`;

export const WORKER_SCRIPT = `import { runProgram } from "./run.js";
postMessage({ programStarted: true });
postMessage({ answerOfProgram: await runProgram() });
`;

/** Calls the program. Lines are sent in order, and the answer is given once all of them have arrived. */
export const PROGRAM_SCRIPT = `const fetch = globalThis.fetch.bind(globalThis);
const lines = [];
let sending;

function tell(text) {
  lines.push(...text.split("\\n"));
  sending ??= send();
}

async function send() {
  try {
    while (lines.length > 0) {
      await fetch(new URL("lines", import.meta.url), { method: "POST", body: JSON.stringify(lines.splice(0)) });
    }
  } catch {
    // Nothing is listening any more.
  } finally {
    sending = undefined;
  }
}

function inWords(error) {
  try {
    const code = typeof error?.code === "string" ? " (" + error.code + ")" : "";
    const cause = error?.cause === undefined ? "" : "\\ncaused by " + inWords(error.cause);
    return String(error) + code + "\\n" + (error?.stack ?? "") + cause;
  } catch {
    return "an error that cannot be put in words";
  }
}

function shown(value) {
  if (typeof value === "string") return value;
  if (value instanceof Error) return inWords(value);
  try {
    return (typeof value === "object" && JSON.stringify(value)) || String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

for (const name of ["debug", "error", "info", "log", "trace", "warn"]) {
  const print = console[name];
  console[name] = (...values) => {
    print.apply(console, values);
    tell(values.map(shown).join(" "));
  };
}
addEventListener("error", (event) => tell("uncaught: " + (event.error ? inWords(event.error) : event.message)));
addEventListener("unhandledrejection", (event) => tell("unhandled rejection: " + inWords(event.reason)));

export async function runProgram() {
  let result;
  try {
    const config = await (await fetch(new URL("config.json", import.meta.url))).json();
    const { default: main } = await import("./program.js");
    result = { answer: JSON.stringify(await main(config)) ?? "null" };
  } catch (error) {
    result = { error: inWords(error) };
  }
  await sending;
  return result;
}
`;
