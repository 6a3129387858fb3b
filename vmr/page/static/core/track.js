// Which track it is: two catalogs may use the same id.

export const keyOf = (track) => `${track.catalog}/${track.id}`;

export const sameTrack = (one, other) => keyOf(one) === keyOf(other);
