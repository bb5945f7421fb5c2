/**
 * Owns how Deno runs a program's text in a process of its own: without permission for anything.
 */
import process from "node:process";

export function denoChild(source: string): { readonly program: string; readonly args: readonly string[] } {
  const url = `data:text/javascript,${encodeURIComponent(source)}`;
  return {
    program: process.execPath,
    args: ["run", "--no-prompt", "--quiet", "--no-config", "--no-lock", url],
  };
}
