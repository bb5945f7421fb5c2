/**
 * Owns the bytes that were received and not yet read: appended at the end, taken from the front, both without moving the rest.
 */
const NOTHING = new Uint8Array(0);

export class ByteBuffer {
  #storage: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;
  /** What of the storage is in use or was: made once for all searches, since a view takes longer than most of them. */
  #filled: Uint8Array | undefined = undefined;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Its contents, as a view that is valid until the next call. */
  get view(): Uint8Array {
    return this.#storage.subarray(this.#start, this.#end);
  }

  /** Where the first such byte is, at or after `from`, or -1. */
  indexOf(byte: number, from: number): number {
    this.#filled ??= this.#storage.subarray(0, this.#end);
    const at = this.#filled.indexOf(byte, this.#start + from);
    return at === -1 ? -1 : at - this.#start;
  }

  /** Adds bytes at the end. With `owned` they may be kept as they are, so that a chunk can pass through without being copied. */
  append(bytes: Uint8Array, owned: boolean): void {
    this.#filled = undefined;
    if (owned && this.length === 0) {
      this.#storage = bytes;
      this.#start = 0;
      this.#end = bytes.length;
      return;
    }
    this.#makeRoom(bytes.length);
    this.#storage.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Takes up to `count` bytes from the front. They belong to the caller. */
  take(count: number): Uint8Array {
    if (count >= this.length && this.#start === 0 && this.#end === this.#storage.length) {
      const whole = this.#storage;
      this.clear();
      // The shared empty array must not be written to, and cannot be: it has no elements.
      return whole;
    }
    const end = Math.min(this.#start + count, this.#end);
    const taken = this.#storage.slice(this.#start, end);
    this.drop(taken.length);
    return taken;
  }

  /** Drops bytes at the front. */
  drop(count: number): void {
    this.#start += count;
    if (this.#start >= this.#end) this.clear();
  }

  clear(): void {
    this.#storage = NOTHING;
    this.#filled = undefined;
    this.#start = 0;
    this.#end = 0;
  }

  #makeRoom(more: number): void {
    const { length } = this;
    const needed = length + more;
    if (this.#end + more <= this.#storage.length) return;
    // With room for twice the size, each byte is moved less than once on average.
    const storage = needed * 2 <= this.#storage.length ? this.#storage : new Uint8Array(needed * 2);
    storage.set(this.view, 0);
    this.#storage = storage;
    this.#start = 0;
    this.#end = length;
  }
}
