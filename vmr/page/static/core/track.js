// Which track it is: two catalogs may use the same id.

/** @param {{ catalog: string, id: string }} track */
export const keyOf = (track) => `${track.catalog}/${track.id}`;

/**
 * @param {{ catalog: string, id: string }} one
 * @param {{ catalog: string, id: string }} other
 */
export const sameTrack = (one, other) => keyOf(one) === keyOf(other);
