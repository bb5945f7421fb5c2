/**
 * Owns a chart's place: of the right height from the start, so that nothing moves; drawn when it comes near
 * the window, redrawn when its width changes, and all of them before the page is printed.
 */
import { useEffect, useRef } from "preact/hooks";

/** How far below the window charts are drawn already. */
const AHEAD = "900px";

export interface ChartProps {
  /** What is to be seen, for those who do not see it; the figures are in the section's table. */
  readonly label: string;
  readonly height: number | ((width: number) => number);
  readonly draw: (width: number) => Element;
}

export function Chart({ label, height, draw }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const heightAt = (width: number): number => (typeof height === "number" ? height : height(width));

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let drawnAt = 0;
    let isNear = false;
    const show = (): void => {
      const width = Math.floor(element.clientWidth);
      if (width === 0 || width === drawnAt) return;
      drawnAt = width;
      element.style.height = `${heightAt(width)}px`;
      const chart = draw(width);
      chart.setAttribute("aria-hidden", "true");
      element.replaceChildren(chart);
    };
    element.style.height = `${heightAt(element.clientWidth)}px`;
    const nearness = new IntersectionObserver(
      (entries) => {
        isNear = entries.some(({ isIntersecting }) => isIntersecting);
        if (isNear) show();
      },
      { rootMargin: AHEAD },
    );
    const size = new ResizeObserver(() => isNear && show());
    nearness.observe(element);
    size.observe(element);
    addEventListener("beforeprint", show);
    return () => {
      nearness.disconnect();
      size.disconnect();
      removeEventListener("beforeprint", show);
    };
  });

  const initial = typeof height === "number" ? { style: { height: `${height}px` } } : {};
  return <div class="chart" ref={place} role="img" aria-label={label} {...initial} />;
}
