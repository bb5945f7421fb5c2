/** The page: runs the lines that are typed, one after the other, and shows what becomes of their programs. */
import { gather, Queue, run, type StreamReader } from "wasyncio";
import { type Program, startPipeline } from "./pipeline.ts";

function element<E extends HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

const command = element<HTMLInputElement>("command");
const typed = element<HTMLInputElement>("typed");
const output = element("output");
const list = element("programs");

const lines = new Queue<string>();
let running: Program[] = [];

const sharesMemory = typeof SharedArrayBuffer === "function";
element("isolation").textContent = sharesMemory
  ? "Each program runs in a worker, and shares memory with this page to wait for its input."
  : crossOriginIsolated
    ? "This browser shares no memory with workers, even in an isolated page as this one: programs cannot be typed to."
    : "This page is not cross-origin isolated: programs cannot be typed to. Serve it with COOP and COEP.";

element("line").onsubmit = (event) => {
  event.preventDefault();
  for (const { process } of running) if (process.returncode === null) process.kill();
  lines.putNowait(command.value);
};
element("input").onsubmit = (event) => {
  event.preventDefault();
  running[0]?.process.stdin.write(`${typed.value}\n`);
  typed.value = "";
};
element("end").onclick = () => running[0]?.process.stdin.close();

/** A program's row, and what becomes of it. */
function show({ name, process }: Program): () => void {
  const row = document.createElement("li");
  const label = document.createElement("code");
  label.textContent = name;
  const state = document.createElement("span");
  state.textContent = "runs";
  const kill = document.createElement("button");
  kill.textContent = "Kill";
  kill.onclick = () => process.kill();
  row.append(label, state, kill);
  list.append(row);
  return () => {
    const code = process.returncode ?? 0;
    state.textContent = code < 0 ? `was killed (${code})` : `has exited with ${code}`;
    kill.disabled = true;
  };
}

/** By what has come together, and not line by line, which a program such as `yes` writes faster than a page can show them. */
async function showOutput(from: StreamReader): Promise<void> {
  const decoder = new TextDecoder();
  for (let some = await from.read(65_536); some.length > 0; some = await from.read(65_536)) {
    // What never ends is not shown for ever.
    output.textContent = `${output.textContent}${decoder.decode(some, { stream: true })}`.slice(-10_000);
  }
}

async function runLine(line: string): Promise<void> {
  list.replaceChildren();
  output.textContent = "";
  running = await startPipeline(line);
  const shown = running.map((program) => ({ ...program, ended: show(program) }));
  const ends = gather(
    ...shown.map(({ process, ended }) => async () => {
      await process.wait();
      ended();
    }),
  );
  const last = running.at(-1);
  if (last !== undefined) await showOutput(last.process.stdout);
  await ends;
}

await run(async () => {
  for (;;) {
    const line = await lines.get();
    try {
      await runLine(line);
    } catch (error) {
      output.textContent = String(error);
    }
  }
});
