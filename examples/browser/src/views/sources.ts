/**
 * Owns the parts' programs as text, to be read and to be pasted: where the page needs an export, to run them again and again, a
 * standalone program calls it once.
 */
const texts = import.meta.glob<string>("../parts/*.ts", { query: "?raw", import: "default", eager: true });

export function sourceOf(part: string): string {
  return (texts[`../parts/${part}.ts`] ?? "").replace(/^export const play = \(\) => (.*);$/m, "await $1;");
}
