// The address follows what the page shows, and the page follows the browser's back and forward.

import { readLink, writeLink } from "./link.js";
/** @import { Store } from "./store.js" */
/** @import { Link, PageState } from "./types.js" */

const REST_MS = 300; // after the last move of the slider

/**
 * What the page shows as a link.
 * @param {Store<PageState>} store
 */
export function linkOf(store) {
  const payload = store.get("phase") === "empty" ? null : store.get("payload");
  const link = { isRanking: Boolean(payload), project: store.get("project"), tab: store.get("tab"),
    sha256: payload?.query.sha256 ?? "", sample: store.get("video")?.sample?.key ?? null,
    alpha: store.get("alpha"), facet: store.get("facet"), filters: store.get("filters"),
    choices: store.get("choices"), energy: store.get("energy"), words: store.get("words"),
    wordsWeight: store.get("wordsWeight"), weights: store.get("weights"), like: store.get("like"),
    blend: store.get("blend"), silent: store.get("silent"), excluded: [...store.get("excluded")] };
  const { payload: film, ...asked } = store.get("whole") ?? {}; // of a cue its id says it all
  void film;
  return { ...link, ...asked, cue: store.get("cue") };
}

/**
 * Where the browser's back leads to another page of the history, not to an earlier slider.
 * @param {Link} link
 */
const pageOf = ({ project, tab, sha256, isRanking, words }) =>
  JSON.stringify([project, tab, isRanking && (sha256 || words)]);

/**
 * Keep the address of the page as the link to what it shows; another video, tab or project is
 * another entry of the history. `go` is given the link when the person goes back or forward.
 * @param {Store<PageState>} store
 * @param {(link: Link | null) => void} go
 */
export function followInAddress(store, go) {
  let waiting = 0;
  const followed = "project tab phase alpha facet filters choices energy words wordsWeight payload"
    + " weights like blend silent excluded cue";
  let shown = readLink() ? "" : pageOf(linkOf(store)); // what a link leads to is not another page
  const write = () => {
    if (/loading|first/.test(store.get("phase"))) return; // the server knows nothing of these yet
    const link = linkOf(store);
    const address = location.pathname + location.search + writeLink(link);
    const isOther = Boolean(shown) && pageOf(link) !== shown;
    shown = pageOf(link);
    if (isOther) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  };
  store.on(followed, () => {
    clearTimeout(waiting);
    waiting = setTimeout(write, REST_MS);
  });
  addEventListener("popstate", () => {
    clearTimeout(waiting);
    const link = readLink();
    shown = pageOf(link ?? { ...linkOf(store), isRanking: false, tab: "match", project: "" });
    go(link);
  });
}
