/** Owns capturing what a program prints. It still goes to the console. Knows nothing of programs and loops. */

/** @returns a function that ends it. */
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
