/**
 * Owns the programs that the build has made for each condition: what is in them, and where a host finds its own. They are
 * nearly the same five times over, so the package has them compressed in one file, and they are unpacked when wanted.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import type { HostDriver } from "../../hosts/driver.ts";
import type { WorkloadInfo } from "../results.ts";

/** The same in every program. */
export interface Contents {
  readonly workloads: readonly WorkloadInfo[];
  readonly versions: Readonly<Record<string, string>>;
}

/** What is in the file; bundle.mjs makes it. */
interface Archive {
  readonly contents: Contents;
  /** The texts, by condition; and those that run only the core, by their names below. */
  readonly programs: Readonly<Record<string, string>>;
  /** The core, for hosts that may not compile while they run. Both cores are base64. */
  readonly core: string;
  /** The core with its own benchmark around it. */
  readonly coreBench: string;
}

/** A program that runs only the core. */
export interface CoreProgram {
  readonly contender: string;
  readonly file: string;
  /** What it runs, unless that is next to it. */
  readonly base64?: string;
}

const SHIM = "wasi";
const SHIM_WORKERD = "wasi-workerd";
const NODE_WASI = "wasi-node";

export class Programs {
  readonly contents: Contents;
  private readonly archive: Archive;
  private folder: string | undefined;

  constructor() {
    const bytes = brotliDecompressSync(readFileSync(beside("programs.br")));
    this.archive = JSON.parse(bytes.toString("utf8")) as Archive;
    this.contents = this.archive.contents;
  }

  /** Path of the program for a host. */
  fileFor({ name, conditions }: HostDriver): string {
    const condition = conditions.find((each) => each in this.archive.programs);
    if (condition === undefined)
      throw new Error(`no program was built for ${name} (${conditions.join(", ")})`);
    return this.unpack(condition, Buffer.from(this.archive.core, "base64"));
  }

  /** Those that run only the core on a host. */
  coreProgramsFor({ conditions }: HostDriver): CoreProgram[] {
    const base64 = this.archive.coreBench;
    const bytes = Buffer.from(base64, "base64");
    if (conditions.includes("workerd")) {
      return [{ contender: "wasi-shim", file: this.unpack(SHIM_WORKERD, bytes) }];
    }
    const shim = { contender: "wasi-shim", file: this.unpack(SHIM, bytes), base64 };
    if (!conditions.includes("node")) return [shim];
    return [shim, { contender: "node:wasi", file: this.unpack(NODE_WASI, bytes), base64 }];
  }

  /** With a core next to it, for hosts that may not compile while they run. */
  private unpack(name: string, core: Uint8Array): string {
    this.folder ??= mkdtempSync(join(tmpdir(), "wasyncio-bench-"));
    const folder = join(this.folder, name);
    const file = join(folder, "program.mjs");
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, this.archive.programs[name]!);
    writeFileSync(join(folder, "core.wasm"), core);
    return file;
  }

  /** Takes away what was unpacked. */
  close(): void {
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }
}

export const cpythonScript = beside("cpython.py");

/** wasyncio's entry for a host, as it is installed next to this package. */
export function packageEntryFor({ conditions }: HostDriver): string {
  const manifest = import.meta.resolve("wasyncio/package.json");
  return new URL(`dist/src/entry/${conditions[0] ?? "default"}.js`, manifest).href;
}

/** This file is part of dist/cli.js when it runs. */
function beside(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
