/** Owns when a view is redrawn: when the player reports a change, and once a frame while something moves. */
import { useEffect, useReducer } from "preact/hooks";
import type { Player } from "../player.ts";

/** Redraws the view when a part has started or ended. */
export function usePlayer(player: Player): void {
  const redraw = useRedraw();
  useEffect(() => player.subscribe(redraw), [player]);
}

/** Redraws the view before each frame, as long as it is active. The program does not set the pace: it may do much in a frame. */
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
