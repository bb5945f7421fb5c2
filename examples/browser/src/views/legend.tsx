/** Owns the legend: how a bar says what became of its task, and what the marks on it mean. */
import type { Outcome } from "../timeline/timeline.ts";
import { Icon } from "./icons.tsx";

const OUTCOMES: readonly Outcome[] = ["running", "returned", "failed", "cancelled"];

export function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      {OUTCOMES.map((outcome) => (
        <li key={outcome} class={outcome}>
          <svg width="34" height="14" aria-hidden="true">
            <rect class="bar" x="0.5" y="0.5" width="33" height="13" rx="3" />
            <rect class="fill" x="0.5" y="0.5" width="33" height="13" rx="3" />
          </svg>
          <Icon status={outcome} />
          {outcome}
        </li>
      ))}
      <li class="returned">
        <svg width="14" height="14" aria-hidden="true">
          <g class="step">
            <rect x="3" width="2.5" height="14" />
            <rect x="9" width="2.5" height="14" />
          </g>
        </svg>
        a step
      </li>
      <li>
        <svg class="cancel-asked" width="14" height="16" viewBox="-7 -8 14 16" aria-hidden="true">
          <path d="M 0 0 L -4 -6 L 4 -6 Z" />
          <path d="M 0 -1 V 8" />
        </svg>
        asked to cancel
      </li>
      <li class="cancelled">
        <svg width="34" height="14" aria-hidden="true">
          <rect class="unwinding" y="5.5" width="34" height="3" />
        </svg>
        unwinding
      </li>
      <li>
        <svg class="created" width="14" height="16" viewBox="-7 -8 14 16" aria-hidden="true">
          <circle r="2.5" cy="-5" />
          <line x1="0" x2="0" y1="-5" y2="4" />
          <path d="M 0 7 L -3.5 1 L 3.5 1 Z" />
        </svg>
        creates
      </li>
      <li>
        <svg class="note" width="14" height="16" viewBox="-7 -11 14 16" aria-hidden="true">
          <path d="M 0 0 L -4 -7 L 4 -7 Z" />
        </svg>
        a line of output
      </li>
      <li>
        <span class="kind">async</span> an async function: the engine takes its steps, and only its beginning
        and end are seen
      </li>
    </ul>
  );
}
