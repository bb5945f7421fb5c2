/** Owns the parts' own source, as text, to be shown beside what it does. */
const texts = import.meta.glob<string>("../parts/*.ts", { query: "?raw", import: "default", eager: true });

export function sourceOf(part: string): string {
  return texts[`../parts/${part}.ts`] ?? "";
}
