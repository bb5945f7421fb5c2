/** Owns numbers that look random and are the same in every run: a generator of Lehmer's. cpython.py has the same. */

/** `count` numbers between `from` and `to`. */
export function randomNumbers(count: number, from: number, to: number): Float64Array {
  let state = 42;
  return Float64Array.from({ length: count }, () => {
    state = (state * 48_271) % 0x7fffffff;
    return from + (state / 0x7fffffff) * (to - from);
  });
}
