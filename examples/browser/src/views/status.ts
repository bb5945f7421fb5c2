/** Owns the one line that reports progress. */
import type { Show } from "../player.ts";

export function statusOf(shows: readonly Show[], busy: boolean): string {
  const running = shows.find(({ status }) => status === "running");
  if (busy && running !== undefined) return `${running.part.name} is running`;
  const counts = (["returned", "failed", "cancelled"] as const)
    .map((status) => ({ status, count: shows.filter((show) => show.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${count} ${status}`);
  return counts.length === 0 ? "nothing has run yet" : counts.join(", ");
}
