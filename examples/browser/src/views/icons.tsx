/** Owns the marks of outcomes. Each has its own shape, so that they can be told apart without colour. */
import type { VNode } from "preact";
import type { Outcome } from "../timeline/timeline.ts";

export type Status = "idle" | Outcome;

/** Within a circle of radius 7 around the origin. */
const SHAPES: Record<Status, VNode> = {
  idle: <circle r="5.5" class="line" />,
  running: (
    <>
      <circle r="5.5" class="line" />
      <path d="M 0 -5.5 A 5.5 5.5 0 0 1 0 5.5 Z" class="solid" />
    </>
  ),
  returned: (
    <>
      <circle r="7" class="solid" />
      <path d="M -3.2 0.2 L -0.9 2.6 L 3.3 -2.4" class="cut" />
    </>
  ),
  failed: (
    <>
      <path d="M 0 -7.4 L 7.4 0 L 0 7.4 L -7.4 0 Z" class="solid" />
      <path d="M -2.2 -2.2 L 2.2 2.2 M 2.2 -2.2 L -2.2 2.2" class="cut" />
    </>
  ),
  cancelled: (
    <>
      <circle r="6" class="line hollow" />
      <path d="M -4 4 L 4 -4" class="line" />
    </>
  ),
};

/** The mark, to be placed within a drawing. */
export function Mark({ status }: { readonly status: Status }) {
  return <g class={`mark ${status}`}>{SHAPES[status]}</g>;
}

/** The mark as a picture in a line of text, which says the same in words. */
export function Icon({ status }: { readonly status: Status }) {
  return (
    <svg class="icon" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">
      <Mark status={status} />
    </svg>
  );
}

/** What the bars are filled with: once per page, for all its drawings. */
export function Patterns() {
  return (
    <svg class="patterns" width="0" height="0" aria-hidden="true">
      <defs>
        <pattern
          id="stripes"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect class="cancelled" width="2.5" height="6" />
        </pattern>
        <pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">
          <circle class="failed" cx="1.5" cy="1.5" r="1.1" />
          <circle class="failed" cx="4.5" cy="4.5" r="1.1" />
        </pattern>
      </defs>
    </svg>
  );
}
