/** Owns the page: what is above the parts, and the parts one below the other. */
import { useEffect } from "preact/hooks";
import type { Player } from "../player.ts";
import { Icon, Patterns } from "./icons.tsx";
import { Legend } from "./legend.tsx";
import { PartCard } from "./part-card.tsx";
import { statusOf } from "./status.ts";
import { usePlayer } from "./use-player.ts";

export function App({ player }: { readonly player: Player }) {
  usePlayer(player);
  useEscape(() => player.cancel());
  return (
    <>
      <Patterns />
      <header class="intro">
        <h1>
          wasyncio <span>in the browser</span>
        </h1>
        <p>
          Each part below is a program on its own event loop, in this page. A row is a task: its bar goes from
          where it was created to where it ended, the strong marks are the moments when its code had the
          thread. In between it waited, and the others ran.
        </p>
        <Legend />
      </header>
      <Toolbar player={player} />
      <main>
        {player.shows.map((show) => (
          <PartCard key={show.part.name} player={player} show={show} />
        ))}
      </main>
    </>
  );
}

function Toolbar({ player }: { readonly player: Player }) {
  const { busy, shows } = player;
  const nothingToClear = busy || shows.every(({ status }) => status === "idle");
  return (
    <div class="toolbar">
      <div class="buttons">
        <button type="button" class="primary" aria-disabled={busy} onClick={() => void player.play()}>
          Run all
        </button>
        <button type="button" aria-disabled={!busy} title="or press Escape" onClick={() => player.cancel()}>
          Cancel
        </button>
        <button type="button" aria-disabled={nothingToClear} onClick={() => player.clear()}>
          Clear
        </button>
        <p role="status">{statusOf(shows, busy)}</p>
      </div>
      <nav aria-label="Parts">
        <ul>
          {shows.map(({ part, status }) => (
            <li key={part.name}>
              <a href={`#${part.name}`} class={status}>
                <Icon status={status} />
                {part.name}
                <span class="unseen">, {status === "idle" ? "not run" : status}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  );
}

function useEscape(action: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === "Escape") action();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
