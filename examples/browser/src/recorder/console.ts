/** Owns hearing what a program prints. It goes to the console all the same. Knows nothing of programs and loops. */

/** @returns what ends it. */
export function listenToConsole(hear: (text: string) => void): () => void {
  const { log } = console;
  const listening = (...values: unknown[]) => {
    hear(values.map(String).join(" "));
    log(...values);
  };
  console.log = listening;
  return () => {
    if (console.log === listening) console.log = log;
  };
}
