/** Owns what the command line means. Knows nothing of how it is carried out. */
import { parseArgs } from "node:util";
import type { HostDriver } from "../../hosts/driver.ts";
import type { ClockName } from "../results.ts";
import { allHosts, slugOf, thisHost } from "./hosts.ts";
import type { Contents } from "./programs.ts";

export const USAGE = `npx @wasyncio/bench [hosts] [options]

Measures wasyncio against the host's own primitives, Effect, Effection, and CPython's asyncio and
uvloop where they are found.

  npx @wasyncio/bench        on this host
  npx @wasyncio/bench hosts  on every host that is found: Node, Deno, Bun, browsers, workerd

  --only NAME,...            only these workloads or, with "hosts", only these hosts
  --quick                    a few minutes a host, for a first look
  --processor-time           measures the processor's time, for a machine that others use as well
  --list                     lists the workloads and hosts
  --json [FILE]              writes the result as JSON, without FILE in place of the table
  --report FILE              writes a page to look at: ratios, goals, growth, by host and by peer
  --results FOLDER           writes the result into this folder, under a name with the time
  --strict                   exits with 1 when a goal is missed by more than a quarter
  --version                  prints the version
  --help                     prints this text

Exit codes: 0, 1 when something failed or, with --strict, a goal was missed, 2 for a usage error.`;

/** Writes to the standard output. */
export const STDOUT = "-";

export interface Options {
  readonly hosts: readonly HostDriver[];
  /** Whether other hosts than this one were requested. */
  readonly acrossHosts: boolean;
  readonly contents: Contents;
  /** Names, in the order of tables. */
  readonly workloads: readonly string[];
  readonly quick: boolean;
  readonly clock: ClockName;
  readonly list: boolean;
  readonly strict: boolean;
  readonly json?: string;
  readonly report?: string;
  readonly results?: string;
}

/** The command was called in a way that has no meaning; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "ERR_USAGE";
}

export function readOptions(args: readonly string[], contents: Contents): Options | "help" | "version" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  if (values.version) return "version";
  const [where, ...rest] = positionals;
  if ((where !== undefined && where !== "hosts") || rest.length > 0) {
    throw new UsageError(`unexpected argument "${positionals.join(" ")}"; only "hosts" is known`);
  }
  const acrossHosts = where === "hosts";
  return {
    ...choose(values.only ?? [], acrossHosts, contents),
    acrossHosts,
    contents,
    quick: values.quick ?? false,
    clock: values["processor-time"] ? "processor" : "wall",
    list: values.list ?? false,
    strict: values.strict ?? false,
    ...(values.json !== undefined && { json: values.json }),
    ...(values.report !== undefined && { report: values.report }),
    ...(values.results !== undefined && { results: values.results }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: withJsonTarget(args),
      allowPositionals: true,
      options: {
        only: { type: "string", multiple: true },
        quick: { type: "boolean" },
        "processor-time": { type: "boolean" },
        list: { type: "boolean" },
        json: { type: "string" },
        report: { type: "string" },
        results: { type: "string" },
        strict: { type: "boolean" },
        version: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** `--json` may come without a value, which parseArgs cannot express. */
function withJsonTarget(args: readonly string[]): string[] {
  const at = args.indexOf("--json");
  const next = args[at + 1];
  const alone = at >= 0 && (next === undefined || (next !== STDOUT && next.startsWith("-")));
  return alone ? args.with(at, `--json=${STDOUT}`) : [...args];
}

function choose(
  only: readonly string[],
  acrossHosts: boolean,
  contents: Contents,
): Pick<Options, "hosts" | "workloads"> {
  const known = contents.workloads.map(({ name }) => name);
  const hosts = acrossHosts ? allHosts : [thisHost];
  const wanted = only.flatMap((names) => names.split(",")).map((name) => name.trim().toLowerCase());
  const unknown = wanted.filter(
    (name) => !known.includes(name) && !(acrossHosts && hosts.some((host) => slugOf(host) === name)),
  );
  if (unknown.length > 0) {
    const there = acrossHosts ? [...hosts.map(slugOf), ...known] : known;
    throw new UsageError(`unknown name ${unknown.join(", ")}; the names are ${there.join(", ")}`);
  }
  const workloads = known.filter((name) => wanted.includes(name));
  const chosen = hosts.filter((host) => wanted.includes(slugOf(host)));
  return {
    workloads: workloads.length > 0 ? workloads : known,
    hosts: chosen.length > 0 ? chosen : hosts,
  };
}
