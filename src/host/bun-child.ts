/**
 * Owns how Bun runs a program's text in a process of its own.
 */
import process from "node:process";

export function bunChild(source: string): { readonly program: string; readonly args: readonly string[] } {
  return { program: process.execPath, args: ["-e", source] };
}
