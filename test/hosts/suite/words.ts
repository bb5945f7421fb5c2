/** Owns how cases put what came into words that can be compared: bytes as text, and a failure as its code. */

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The `code` that waiting for it fails with. */
export function* codeOf(waiting: Iterable<unknown>): Generator<unknown, string, unknown> {
  try {
    yield* waiting;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
  return "no error";
}
