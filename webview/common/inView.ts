/** Which parts of a page are on the screen, or nearly. */

/** A part this near to the screen counts as on it, so that it is drawn before it is scrolled to. */
const nearPx = 200;

interface Watched {
  inView: boolean;
  entered: () => void;
}

const watched = new WeakMap<Element, Watched>();
let observer: IntersectionObserver | null = null;

/** Tells of `element` whether it is in view; `entered` is called each time that it comes into view. */
export function watchView(element: Element, entered: () => void): () => boolean {
  // Until the browser has looked, everything counts as seen: the first drawing leaves nothing out.
  const state: Watched = { inView: true, entered };
  watched.set(element, state);
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const known = watched.get(entry.target);
        if (known === undefined || known.inView === entry.isIntersecting) continue;
        known.inView = entry.isIntersecting;
        if (known.inView) known.entered();
      }
    },
    { rootMargin: `${nearPx}px` },
  );
  observer.observe(element);
  return () => state.inView;
}
