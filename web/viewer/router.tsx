import { useSyncExternalStore, type ComponentPropsWithoutRef, type MouseEvent } from "react";

/** The page's two places: the wall, and one camera. */
export type Place = { readonly page: "wall" } | { readonly page: "camera"; readonly id: string };

/** Where a path leads; anything unknown is the wall. Pure. */
export function placeOf(pathname: string): Place {
  const id = /^\/cameras\/([\w-]+)\/?$/.exec(pathname)?.[1];
  return id === undefined ? { page: "wall" } : { page: "camera", id };
}

export function usePlace(): Place {
  return placeOf(useSyncExternalStore(subscribe, () => location.pathname));
}

function subscribe(onChange: () => void): () => void {
  addEventListener("popstate", onChange);
  return () => {
    removeEventListener("popstate", onChange);
  };
}

/** A link within the page. Clicks that ask for a new tab or window stay the browser's. */
export function Link({ href, ...rest }: ComponentPropsWithoutRef<"a"> & { href: string }) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState(null, "", href);
    dispatchEvent(new PopStateEvent("popstate"));
    scrollTo(0, 0);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
