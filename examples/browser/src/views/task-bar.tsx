/** Owns the drawing of one task: its bar, the steps it took, and the lines from its creator. */
import { formatMs, type Scale } from "../timeline/scale.ts";
import type { TaskRow } from "../timeline/timeline.ts";
import type { TreeLine, TreeRow } from "../timeline/tree.ts";
import { Mark } from "./icons.tsx";

const HEIGHT = 38;
const MIDDLE = HEIGHT / 2;
const BAR_HEIGHT = 14;
const TOP = MIDDLE - BAR_HEIGHT / 2;
/** A step takes microseconds; its mark is this wide at least. */
const STEP_WIDTH_MIN = 2.5;

export interface TaskBarProps {
  readonly row: TreeRow;
  readonly scale: Scale;
  readonly nowMs: number;
}

export function TaskBar({ row: { task, lines }, scale, nowMs }: TaskBarProps) {
  const { percent } = scale;
  const endMs = task.endMs ?? nowMs;
  const x = (timeMs: number) => `${percent(timeMs).toFixed(3)}%`;
  const width = (startMs: number, untilMs: number) =>
    `${Math.max(percent(untilMs) - percent(startMs), 0).toFixed(3)}%`;
  return (
    <svg class="task-bar" width="100%" height={HEIGHT} role="img" aria-label={describe(task, endMs)}>
      {scale.ticks.map(({ atMs }) => (
        <line key={atMs} class="grid" x1={x(atMs)} x2={x(atMs)} y1="0" y2={HEIGHT} />
      ))}
      <g class={task.outcome}>
        <rect
          class="bar"
          x={x(task.startMs)}
          width={width(task.startMs, endMs)}
          y={TOP}
          height={BAR_HEIGHT}
          rx="3"
        />
        <rect
          class="fill"
          x={x(task.startMs)}
          width={width(task.startMs, endMs)}
          y={TOP}
          height={BAR_HEIGHT}
          rx="3"
        />
        {task.cancelAskedMs !== undefined && isUnwinding(task) && (
          <rect
            class="unwinding"
            x={x(task.cancelAskedMs)}
            width={width(task.cancelAskedMs, endMs)}
            y={TOP + BAR_HEIGHT}
            height="3"
          />
        )}
        {task.steps.map((step) => (
          <g key={step.startMs} class="step">
            <rect x={x(step.startMs)} width={width(step.startMs, step.endMs)} y={TOP} height={BAR_HEIGHT} />
            <rect x={x(step.startMs)} width={STEP_WIDTH_MIN} y={TOP} height={BAR_HEIGHT} />
          </g>
        ))}
      </g>
      {lines.map((line) => (
        <Line key={`${line.part} ${line.atMs}`} line={line} x={x(line.atMs)} />
      ))}
      {task.cancelAskedMs !== undefined && (
        <svg class="cancel-asked" aria-hidden="true" x={x(task.cancelAskedMs)} y={TOP - 1}>
          <path d="M 0 0 L -4 -6 L 4 -6 Z" />
          <path d={`M 0 -1 V ${BAR_HEIGHT + 4}`} />
        </svg>
      )}
      <svg class="end" aria-hidden="true" x={x(endMs)} y={MIDDLE}>
        <Mark status={task.outcome} />
      </svg>
    </svg>
  );
}

/** A task may get a request to cancel and go on, as when it leaves a TaskGroup or a timeout through its error. */
function isUnwinding(task: TaskRow): boolean {
  return task.outcome === "running" || task.outcome === "cancelled";
}

function Line({ line, x }: { readonly line: TreeLine; readonly x: string }) {
  const from = line.part === "leaves" ? MIDDLE : 0;
  const to = line.part === "reaches" ? MIDDLE : HEIGHT;
  return (
    <g class="created">
      <line x1={x} x2={x} y1={from} y2={to} />
      {line.part === "leaves" && <circle cx={x} cy={MIDDLE} r="2.5" />}
      {line.part === "reaches" && (
        <svg x={x} y={TOP} aria-hidden="true">
          <path d="M 0 1 L -3.5 -5 L 3.5 -5 Z" />
        </svg>
      )}
    </g>
  );
}

/** The same in words, for those who cannot see it. */
function describe(task: TaskRow, endMs: number): string {
  const words = [`from ${formatMs(task.startMs)} to ${formatMs(endMs)}`];
  if (task.parent !== undefined) words.push(`created by ${task.parent.name}`);
  if (task.cancelAskedMs !== undefined) words.push(`asked to cancel at ${formatMs(task.cancelAskedMs)}`);
  words.push(
    task.isAsyncFunction
      ? "an async function"
      : `${task.stepCount} ${task.stepCount === 1 ? "step" : "steps"}`,
  );
  return words.join(", ");
}
