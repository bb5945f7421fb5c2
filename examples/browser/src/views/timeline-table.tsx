/** Owns the table of tasks: one row each, with its name, how it ended, and its bar above a common axis. */
import { formatMs, type Scale, scaleTo } from "../timeline/scale.ts";
import type { Note, TaskRow, Timeline } from "../timeline/timeline.ts";
import { treeOf } from "../timeline/tree.ts";
import { Icon } from "./icons.tsx";
import { TaskBar } from "./task-bar.tsx";

export function TimelineTable({
  timeline,
  caption,
}: {
  readonly timeline: Timeline;
  readonly caption: string;
}) {
  const nowMs = timeline.nowMs();
  const scale = scaleTo(nowMs);
  return (
    <table class="timeline">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col">
            <span class="unseen">Time</span>
            <Axis scale={scale} notes={timeline.notes} />
          </th>
        </tr>
      </thead>
      <tbody>
        {treeOf(timeline.rows).map((row) => (
          <tr key={row.task.id}>
            <th scope="row">
              <Name task={row.task} depth={row.depth} nowMs={nowMs} />
            </th>
            <td>
              <TaskBar row={row} scale={scale} nowMs={nowMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Name({
  task,
  depth,
  nowMs,
}: {
  readonly task: TaskRow;
  readonly depth: number;
  readonly nowMs: number;
}) {
  const tookMs = (task.endMs ?? nowMs) - task.startMs;
  return (
    <span class="task" style={{ "--depth": depth }}>
      <span class="name">{task.name}</span>
      {task.isAsyncFunction && (
        <span class="kind" title="An async function: the engine takes its steps">
          async
        </span>
      )}
      <span class={`outcome ${task.outcome}`} title={task.reason}>
        <Icon status={task.outcome} />
        <span class="word">{task.outcome}</span>
        <span class="took">{formatMs(tookMs)}</span>
      </span>
    </span>
  );
}

/** The times, and a triangle for each line of output. */
function Axis({ scale, notes }: { readonly scale: Scale; readonly notes: readonly Note[] }) {
  const x = (timeMs: number) => `${scale.percent(timeMs).toFixed(3)}%`;
  return (
    <svg class="axis" width="100%" height="30" aria-hidden="true">
      {scale.ticks.map(({ atMs, label }) => (
        <g key={atMs}>
          <text x={x(atMs)} y="12" text-anchor={atMs === 0 ? "start" : "middle"}>
            {label}
          </text>
          <line class="grid" x1={x(atMs)} x2={x(atMs)} y1="18" y2="30" />
        </g>
      ))}
      {notes.map(({ atMs, text }, index) => (
        <svg key={index} class="note" x={x(atMs)} y="29">
          <title>{text}</title>
          <path d="M 0 0 L -4 -7 L 4 -7 Z" />
        </svg>
      ))}
    </svg>
  );
}
