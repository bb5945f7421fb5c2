// A program that does what its config asks for, to see what a host makes of it.
// biome-ignore-all lint/suspicious/noConsole: what it prints has to arrive.

/** @typedef {{ act: string, text?: string, count?: number }} Config */

/** @param {Config} config */
export default async function main({ act, text = "", count = 0 }) {
  switch (act) {
    case "tell":
      return {
        where: whereAmI(),
        isolated: /** @type {{ crossOriginIsolated?: boolean }} */ (globalThis).crossOriginIsolated,
        text,
      };
    case "nothing":
      return undefined;
    case "throw":
      throw Object.assign(new TypeError(text), { code: "ERR_OF_THE_PROGRAM", cause: new Error("its cause") });
    case "throw-text":
      throw text;
    case "print":
      for (let i = 0; i < count; i++) console.log(`line ${i}`);
      console.warn("two\nlines", { a: 1 }, 7);
      return null;
    case "uncaught":
      setTimeout(() => {
        throw new Error(text);
      });
      await ticks(5);
      return "went on";
    case "run for ever":
      console.log("running");
      // The line has to leave before nothing does any more.
      await ticks(10);
      for (;;);
    case "tick":
      await ticks(count);
      return count;
    default:
      throw new Error(`nobody knows how to ${act}`);
  }
}

function whereAmI() {
  return "document" in globalThis ? "page" : "importScripts" in globalThis ? "worker" : "elsewhere";
}

/** @param {number} count */
async function ticks(count) {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}
