/** Owns what colours and symbols mean: a list of names, each with its mark. The marks are drawn by what draws the charts. */
import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "preact/hooks";
import type { Look } from "../appearance.ts";

const MARK_PX = 14;

export interface LegendProps {
  readonly names: readonly string[];
  readonly lookOf: (name: string) => Look;
  /** Filled in the charts too. */
  readonly emphasis?: string;
}

export function Legend({ names, lookOf, emphasis }: LegendProps) {
  return (
    <ul class="legend">
      {names.map((name) => (
        <li key={name} class={name === emphasis ? "main" : ""}>
          <Mark look={lookOf(name)} filled={name === emphasis} />
          {name}
        </li>
      ))}
    </ul>
  );
}

function Mark({ look, filled }: { readonly look: Look; readonly filled: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const { color, symbol } = look;
    const dot = Plot.dot([0], {
      frameAnchor: "middle",
      symbol,
      r: 4,
      strokeWidth: 1.5,
      stroke: color,
      fill: filled ? color : "none",
    });
    place.current?.replaceChildren(
      Plot.plot({ width: MARK_PX, height: MARK_PX, margin: 0, axis: null, marks: [dot] }),
    );
  });
  return <span class="mark" ref={place} aria-hidden="true" />;
}

/** The same for plain areas of colour. */
export function Swatches({ names }: { readonly names: readonly string[] }) {
  return (
    <ul class="legend">
      {names.map((name, at) => (
        <li key={name}>
          <span class="swatch" style={{ background: `var(--part-${at})` }} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  );
}
