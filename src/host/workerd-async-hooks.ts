/**
 * Owns asking workerd for AsyncLocalStorage: it is among Node's modules, which exist only with the compatibility flag
 * nodejs_compat. Asked for rather than imported, since without the flag an import would fail.
 */
import {
  type AsyncLocalStorageClass,
  type TaskStorageFactory,
  taskStorageBy,
} from "./async-local-storage.ts";

/** As much of Node's process as is used. */
interface Process {
  getBuiltinModule?(
    id: "node:async_hooks",
  ): { readonly AsyncLocalStorage: AsyncLocalStorageClass } | undefined;
}

export function workerdStorage(): TaskStorageFactory | undefined {
  const { process } = globalThis as { readonly process?: Process };
  const hooks = process?.getBuiltinModule?.("node:async_hooks");
  return hooks && taskStorageBy(hooks.AsyncLocalStorage);
}
