/**
 * Owns asking workerd for AsyncLocalStorage: it is among Node's modules, which are there with the compatibility flag
 * nodejs_compat. Asked for and not imported, since without the flag an import would fail.
 */
import type { AsyncLocalStorageClass } from "./async-local-storage.ts";

/** As much of Node's process as is used. */
interface Process {
  getBuiltinModule?(
    id: "node:async_hooks",
  ): { readonly AsyncLocalStorage: AsyncLocalStorageClass } | undefined;
}

export function findAsyncLocalStorage(): AsyncLocalStorageClass | undefined {
  const { process } = globalThis as { readonly process?: Process };
  return process?.getBuiltinModule?.("node:async_hooks")?.AsyncLocalStorage;
}
