/** Owns one part on the page: its heading and button, its timeline, its output and its source. */
import { useEffect, useRef } from "preact/hooks";
import type { Player, Show } from "../player.ts";
import { formatMs } from "../timeline/scale.ts";
import type { Note } from "../timeline/timeline.ts";
import { Icon } from "./icons.tsx";
import { sourceOf } from "./sources.ts";
import { TimelineTable } from "./timeline-table.tsx";
import { useFrames } from "./use-player.ts";

export function PartCard({ player, show }: { readonly player: Player; readonly show: Show }) {
  const { part, status, reason, timeline } = show;
  const card = useRef<HTMLElement>(null);
  useFrames(status === "running");
  useEffect(() => {
    // In "Run all" the parts below the window would run unseen, and a part grows while it starts its tasks.
    if (status === "running") card.current?.scrollIntoView({ block: "nearest" });
  }, [status, timeline.rows.length]);
  const heading = `heading-${part.name}`;
  return (
    <section class="part" id={part.name} data-status={status} aria-labelledby={heading} ref={card}>
      <header>
        <h2 id={heading}>{part.name}</h2>
        <p class="title">{part.title}</p>
        <button
          type="button"
          aria-disabled={player.busy}
          aria-label={`Run ${part.name}`}
          onClick={() => void player.play(part)}
        >
          Run
        </button>
      </header>
      {status !== "idle" && (
        <div class="run">
          <TimelineTable timeline={timeline} caption={`Tasks of ${part.name}`} />
          <div class="said">
            <Output of={part.name} notes={timeline.notes} dropped={timeline.notesDropped} />
            <p class={`summary ${status}`}>
              <Icon status={status} />
              <span class="word">{status}</span> <span class="text">{reason}</span>
            </p>
          </div>
        </div>
      )}
      <details>
        <summary>Source</summary>
        <pre>
          <code>{sourceOf(part.name)}</code>
        </pre>
      </details>
    </section>
  );
}

interface OutputProps {
  readonly of: string;
  readonly notes: readonly Note[];
  readonly dropped: number;
}

function Output({ of, notes, dropped }: OutputProps) {
  return (
    <div class="output" role="log" aria-live="polite" aria-label={`Output of ${of}`}>
      {notes.map(({ atMs, text }, index) => (
        <p key={index}>
          <span class="at">{formatMs(atMs)}</span>
          <span class="text">{text}</span>
        </p>
      ))}
      {dropped > 0 && <p>and {dropped} lines more</p>}
    </div>
  );
}
