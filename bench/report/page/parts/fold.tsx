/**
 * Owns what is folded until it is wanted: opened by hand, by a link that leads to it, and before the page is printed.
 * Knows nothing of what is in it.
 */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

export interface FoldProps {
  /** What a link to it names. */
  readonly id?: string;
  readonly kind: string;
  readonly summary: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Fold({ id, kind, summary, children }: FoldProps) {
  return (
    <details id={id} class={`fold ${kind}`}>
      <summary>{summary}</summary>
      <div class="unfolded">{children}</div>
    </details>
  );
}

/** Opens folds that a link leads to, and for the printer all of them; closes these afterwards. Once for the page. */
export function useFolds(): void {
  useEffect(() => {
    const openTarget = () => open(document.getElementById(location.hash.slice(1)));
    // A link to where the page is already changes no hash.
    const follow = ({ target }: Event) => {
      const link = target instanceof Element && target.closest('a[href^="#"]');
      if (link) open(document.getElementById(link.getAttribute("href")?.slice(1) ?? ""));
    };
    let printed: HTMLDetailsElement[] = [];
    const unfold = () => {
      printed = [...document.querySelectorAll<HTMLDetailsElement>(".fold:not([open])")];
      for (const each of printed) each.open = true;
    };
    const fold = () => {
      for (const each of printed) each.open = false;
      printed = [];
    };
    openTarget();
    document.addEventListener("click", follow);
    addEventListener("hashchange", openTarget);
    // Before the charts hear of it, which are drawn where they can be seen.
    addEventListener("beforeprint", unfold, { capture: true });
    addEventListener("afterprint", fold);
    return () => {
      document.removeEventListener("click", follow);
      removeEventListener("hashchange", openTarget);
      removeEventListener("beforeprint", unfold, { capture: true });
      removeEventListener("afterprint", fold);
    };
  }, []);
}

/** Opens every fold in a part of the page, or closes them where all are open. */
export function toggleFolds(part: Element | null): void {
  const folds = [...(part?.querySelectorAll<HTMLDetailsElement>(".fold") ?? [])];
  const areOpen = folds.every((each) => each.open);
  for (const each of folds) each.open = !areOpen;
}

function open(target: HTMLElement | null): void {
  if (target instanceof HTMLDetailsElement && !target.open) {
    target.open = true;
    target.scrollIntoView();
  }
}
