// The map's plane: from the coordinates of a branch to places on the drawing.

export const WIDTH = 900;
export const HEIGHT = 480;
const PAD = 28;

/**
 * A function from a point to its place: same scale on both axes, all of `points` inside.
 * @param {number[][]} points
 * @returns {(point: number[]) => [x: number, y: number]}
 */
export function placer(points) {
  /** @param {number} k */
  const span = (k) => {
    const values = points.map((point) => point[k]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [left, right] = span(0);
  const [bottom, top] = span(1);
  const scale = Math.min((WIDTH - 2 * PAD) / (right - left || 1),
    (HEIGHT - 2 * PAD) / (top - bottom || 1));
  return ([x, y]) => [WIDTH / 2 + (x - (left + right) / 2) * scale,
    HEIGHT / 2 - (y - (top + bottom) / 2) * scale];
}

/**
 * The names that occur most often, at most `most` of them.
 * @param {(string | undefined)[]} names
 * @param {number} most
 */
export function commonest(names, most) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const name of names) if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, most).map(([name]) => name);
}

/**
 * Every point in every branch's plane, as rows of a CSV file.
 * @param {import("./map.js").MapData} data
 * @returns {Record<string, unknown>[]}
 */
export const pointsOf = ({ branches, planes, tracks, videos }) => [
  ...branches.flatMap((branch) => [
    ...tracks.map(({ title, artist, catalog }, i) =>
      ({ branch, kind: "track", title, artist, catalog, at: planes[branch].tracks[i] })),
    ...videos.map(({ title }, i) => ({ branch, kind: "video", title, at: planes[branch].videos[i] })),
    ...(planes[branch].query ? [{ branch, kind: "query", at: planes[branch].query }] : [])]),
].map(({ at: [x, y], ...row }) => ({ ...row, x, y }));
