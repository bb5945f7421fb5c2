/** What workers do: the tiles of a picture of the Mandelbrot set. Knows nothing of who asks for them. */

/** A part of the picture. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly sizePixels: number;
  /** Of the whole picture. */
  readonly widthPixels: number;
  readonly heightPixels: number;
}

const STEPS_MAX = 400;

/** The tile's pixels, three bytes each. */
export function render({ x, y, sizePixels, widthPixels, heightPixels }: Tile): Uint8Array {
  const pixels = new Uint8Array(sizePixels * sizePixels * 3);
  const scale = 3 / widthPixels;
  for (let row = 0; row < sizePixels; row++) {
    for (let column = 0; column < sizePixels; column++) {
      const re = (x + column) * scale - 2.2;
      const im = (y + row - heightPixels / 2) * scale;
      pixels.set(colourOf(stepsAt(re, im)), (row * sizePixels + column) * 3);
    }
  }
  return pixels;
}

function stepsAt(re: number, im: number): number {
  let [a, b] = [0, 0];
  for (let step = 0; step < STEPS_MAX; step++) {
    const [a2, b2] = [a * a, b * b];
    if (a2 + b2 > 4) return step;
    b = 2 * a * b + im;
    a = a2 - b2 + re;
  }
  return STEPS_MAX;
}

function colourOf(steps: number): readonly [number, number, number] {
  if (steps === STEPS_MAX) return [0, 0, 0];
  const share = Math.sqrt(steps / STEPS_MAX);
  return [255 * share, 255 * share ** 2, 80 + 175 * share ** 0.5];
}
