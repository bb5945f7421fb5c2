/**
 * Owns linear memory, a wasm page (64 KiB) at a time: which are in use, and which were given back.
 * Knows nothing of what is in them.
 *
 * Tables that grow (arena, timer heap) are lists of pages, so they never move and leave no dead copies behind.
 * Page 0 holds what has a fixed place:
 *
 *   0x0000 control block │ 0x4000 arena directory │ 0x8000 heap directory │ 0xC000 first ready ring
 */

export const PAGE_SIZE: u32 = 0x10000;
const PAGE_SHIFT: u32 = 16;

export const ARENA_DIRECTORY: u32 = 0x4000;
export const HEAP_DIRECTORY: u32 = 0x8000;
export const FIRST_RING: u32 = 0xc000;
export const FIRST_RING_SIZE: u32 = 0x4000;

/** Pages by which memory grows once it is large enough for that to be a small share. */
const GROWTH_STEP_PAGES: i32 = 16;

let nextPage: u32 = 1;
let freePages: u32 = 0;

/** `count` adjacent pages, zeroed or not; traps when the engine provides no more memory. */
export function pagesTake(count: u32): u32 {
  if (count == 1 && freePages != 0) {
    const page = freePages;
    freePages = load<u32>(page);
    return page;
  }
  const first = nextPage;
  nextPage = first + count;
  const missing = <i32>nextPage - memory.size();
  if (missing > 0) {
    const step = memory.size() < 4 * GROWTH_STEP_PAGES ? 1 : GROWTH_STEP_PAGES;
    if (memory.grow(max(missing, step)) < 0 && memory.grow(missing) < 0) unreachable();
  }
  return first << PAGE_SHIFT;
}

/** Gives `count` pages back, to be taken again one by one. */
export function pagesGive(address: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const page = address + (i << PAGE_SHIFT);
    store<u32>(page, freePages);
    freePages = page;
  }
}
