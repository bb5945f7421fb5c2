/** Owns when a view is drawn anew: when the player tells of a change, and once a frame while something moves. */
import { useEffect, useReducer } from "preact/hooks";
import type { Player } from "../player.ts";

/** Draws the view again when a part has started or ended. */
export function usePlayer(player: Player): void {
  const redraw = useRedraw();
  useEffect(() => player.subscribe(redraw), [player]);
}

/** Draws the view again before each frame, as long as it is active. The program sets no pace: it may do much in a frame. */
export function useFrames(active: boolean): void {
  const redraw = useRedraw();
  useEffect(() => {
    if (!active) return;
    const draw = () => {
      redraw();
      frame = requestAnimationFrame(draw);
    };
    let frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [active]);
}

function useRedraw(): () => void {
  const [, redraw] = useReducer((count: number, _: undefined) => count + 1, 0);
  return () => redraw(undefined);
}
