/**
 * Owns a worker's side of its messages, as web standards have them; on Node what starts the worker makes them so.
 */

/** As much of a worker's global object as is used. */
interface WorkerScope {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
}

/** Calls `begin` with the first message, and with a way to post more. */
export function workerMessages<T>(begin: (message: T, post: (message: unknown) => void) => void): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => begin(data as T, (message) => scope.postMessage(message));
}
