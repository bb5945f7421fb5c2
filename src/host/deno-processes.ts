/**
 * Owns what is Deno's alone about processes: its permissions and its signals. `node:child_process` reads the environment
 * besides running the program, so both are asked for, of the user where there is one.
 */
import type { HostFailure } from "./network.ts";
import type { HostCommand } from "./processes.ts";

type Permission =
  | { readonly name: "run"; readonly command: string }
  | { readonly name: "env"; readonly variable?: string };

/** As much of Deno as is used. */
interface Deno {
  readonly permissions: {
    requestSync(permission: Permission): { readonly state: "granted" | "prompt" | "denied" };
  };
  kill(pid: number, signal: string): void;
}

const { Deno } = globalThis as unknown as { readonly Deno: Deno };

/** As much of a process of `node:child_process` as is used. */
interface Child {
  readonly pid?: number | undefined;
  killed: boolean;
  kill(signal: "SIGKILL"): boolean;
}

/**
 * Sends a signal by the process's number. Deno's own `ChildProcess.kill` closes the pipes of a process that may well go on,
 * and does nothing when it is called again; so it is good for SIGKILL alone, which needs no permission that way.
 */
export function sendSignalByDeno(child: Child, signal: string): HostFailure | undefined {
  try {
    Deno.kill(child.pid as number, signal);
    return undefined;
  } catch (error) {
    const { name, code, message } = error as { name: string; code?: string; message: string };
    if (name !== "NotCapable")
      return { code: name === "NotFound" ? "ESRCH" : (code ?? "EUNKNOWN"), reason: message };
  }
  if (signal !== "SIGKILL")
    return {
      code: "EACCES",
      reason: `Deno was started without permission for ${signal}; run it with --allow-run`,
    };
  child.killed = false;
  child.kill(signal);
  return undefined;
}

/** Why Deno does not let the program start it, or undefined when it does. */
export function denoProcessRefusal(command: HostCommand): HostFailure | undefined {
  const { permissions } = Deno;
  const missing = permissionsFor(command).filter((each) => permissions.requestSync(each).state !== "granted");
  if (missing.length === 0) return undefined;
  const flags = missing.map((each) =>
    each.name === "run"
      ? `--allow-run=${each.command}`
      : `--allow-env${each.variable ? `=${each.variable}` : ""}`,
  );
  return {
    code: "EACCES",
    reason: `Deno was started without permission for it; run it with ${flags.join(" ")}`,
  };
}

function permissionsFor({ program, shell, env, stdio }: HostCommand): Permission[] {
  const needed: Permission[] = [];
  if (shell || stdio[2] === "merge") needed.push({ name: "run", command: "/bin/sh" });
  if (!shell) needed.push({ name: "run", command: program });
  // Of an environment that is given, only that one variable is looked for in Deno's own.
  needed.push(env === undefined ? { name: "env" } : { name: "env", variable: "NODE_V8_COVERAGE" });
  return needed;
}
