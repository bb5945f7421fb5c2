/**
 * Owns the parts' programs as text, to be read and to be pasted: what the page needs of them, to be run again and again, is
 * what a program of one's own does once.
 */
const texts = import.meta.glob<string>("../parts/*.ts", { query: "?raw", import: "default", eager: true });

export function sourceOf(part: string): string {
  return (texts[`../parts/${part}.ts`] ?? "").replace(/^export const play = \(\) => (.*);$/m, "await $1;");
}
