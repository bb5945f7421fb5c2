/**
 * Owns the order of the rows and the lines between them: each task is below the one that created it. Knows nothing of
 * pixels.
 */
import type { TaskRow } from "./timeline.ts";

export interface TreeRow {
  readonly task: TaskRow;
  /** How many creators it has above it. */
  readonly depth: number;
  /** The lines that cross, leave or reach this row, from creators to what they created. */
  readonly lines: readonly TreeLine[];
}

export interface TreeLine {
  readonly atMs: number;
  /** `leaves` the middle of the row downwards, `passes` from top to bottom, or `reaches` the middle from above. */
  readonly part: "leaves" | "passes" | "reaches";
}

/** The rows of a timeline, every task directly above what it created, in the order of creation among siblings. */
export function treeOf(rows: readonly TaskRow[]): TreeRow[] {
  const childrenOf = new Map<TaskRow | undefined, TaskRow[]>();
  for (const row of rows) {
    const siblings = childrenOf.get(row.parent);
    if (siblings === undefined) childrenOf.set(row.parent, [row]);
    else siblings.push(row);
  }
  const ordered: { task: TaskRow; depth: number; lines: TreeLine[] }[] = [];
  const placeOf = new Map<TaskRow, number>();
  const place = (task: TaskRow, depth: number) => {
    placeOf.set(task, ordered.length);
    ordered.push({ task, depth, lines: [] });
    for (const child of childrenOf.get(task) ?? []) place(child, depth + 1);
  };
  for (const root of childrenOf.get(undefined) ?? []) place(root, 0);
  ordered.forEach(({ task }, index) => {
    if (task.parent === undefined) return;
    const from = placeOf.get(task.parent) as number;
    for (let at = from; at <= index; at++) {
      const part = at === from ? "leaves" : at === index ? "reaches" : "passes";
      addLine((ordered[at] as { lines: TreeLine[] }).lines, { atMs: task.startMs, part });
    }
  });
  return ordered;
}

/** Siblings that were created at the same moment share a line. */
function addLine(lines: TreeLine[], line: TreeLine): void {
  if (!lines.some(({ atMs, part }) => atMs === line.atMs && part === line.part)) lines.push(line);
}
