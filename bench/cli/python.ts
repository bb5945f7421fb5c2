/** Owns the search for a CPython that can take part: one with asyncio's TaskGroup, preferably one that also has uvloop. */
import { runChild } from "../../hosts/child.ts";
import { commandsNamed } from "../../hosts/process.ts";
import type { Missing, PythonConfig } from "../results.ts";

export interface PythonSearch {
  readonly python?: PythonConfig;
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly Missing[];
}

/** Debian installs uvloop for its own Python, which need not be the first in the PATH. */
const DEBIAN = "/usr/bin/python3";

const QUESTION = `
import json, platform
from asyncio import TaskGroup
versions = {"asyncio": platform.python_version()}
try:
    import uvloop
    versions["uvloop"] = uvloop.__version__
except ImportError:
    pass
print(json.dumps(versions))
`;

const TIMEOUT_MS = 20_000;

/** `script`: path of cpython.py. */
export async function findPython(script: string): Promise<PythonSearch> {
  let best: { path: string; versions: Record<string, string> } | undefined;
  for (const path of new Set([...commandsNamed("python3"), DEBIAN])) {
    const versions = await ask(path);
    if (versions === undefined) continue;
    if (best === undefined || ("uvloop" in versions && !("uvloop" in best.versions)))
      best = { path, versions };
    if ("uvloop" in best.versions) break;
  }
  if (best === undefined) {
    return {
      versions: {},
      missing: [
        { name: "asyncio and uvloop", howToGet: "apt-get install python3 python3-uvloop (3.11 or newer)" },
      ],
    };
  }
  const { path, versions } = best;
  const { stdout } = await runChild(path, [script, "--list"], { timeoutMs: TIMEOUT_MS });
  return {
    python: {
      path,
      script,
      loops: Object.keys(versions),
      workloads: JSON.parse(stdout) as string[],
    },
    versions,
    missing:
      "uvloop" in versions
        ? []
        : [{ name: "uvloop", howToGet: `apt-get install python3-uvloop, or pip install uvloop for ${path}` }],
  };
}

async function ask(path: string): Promise<Record<string, string> | undefined> {
  try {
    const { code, stdout } = await runChild(path, ["-c", QUESTION], { timeoutMs: TIMEOUT_MS });
    return code === 0 ? (JSON.parse(stdout) as Record<string, string>) : undefined;
  } catch {
    // Not there.
    return undefined;
  }
}
