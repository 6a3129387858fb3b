// A project as rows of a table: one for each pick, and one for a video without any.

import { videoPath } from "./project_bond.js";
/** @import { Page } from "./page.js" */

/** @param {Page} page */
export function projectRows({ bond, store }) {
  const { project } = bond;
  return bond.videos().flatMap((sha256) => {
    const path = videoPath(sha256);
    const video = { video: bond.nameOf(sha256), seconds: project.get(`${path}/seconds`, ""),
      believed: Object.values(project.get(`${path}/believed`, {})).map((labels) => labels?.[0]?.[0]),
      best: project.get(`${path}/best`, []).map((/** @type {string[]} */ words) => words.join(" – ")),
      notes: project.get(`${path}/notes`, "") };
    const picks = store.get("shortlist").filter((entry) => (entry.sha256 ?? "") === sha256)
      .map(({ state = "idea", title, artist, start = 0, licence, attribution, note }) =>
        ({ decision: state, title, artist, start, licence, attribution, note }));
    return (picks.length ? picks : [{}]).map((pick) => ({ ...video, ...pick, sha256 }));
  });
}
