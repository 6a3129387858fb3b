// A switch: where the person wants it, the first row sounds after each move of the slider.

/** @import { Store } from "../core/store.js" */
/** @import { RankingState } from "../core/types.js" */
/** @import { Stage } from "./stage.js" */

const FOLLOW_MS = 400; // after a move, before the first row sounds

/**
 * @param {Store<RankingState>} store
 * @param {Pick<Stage, "player" | "play">} stage
 */
export function followFirst(store, stage) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  store.on("order following", () => {
    clearTimeout(waiting);
    if (!store.get("following")) return;
    waiting = setTimeout(() => {
      const [first] = store.get("order");
      const playing = stage.player.playing && store.get("following");
      if (playing && first !== undefined && first !== store.get("current")) stage.play(first);
    }, FOLLOW_MS);
  });
}
