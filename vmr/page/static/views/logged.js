// Where the server logs what is done: what is heard and exported is noted there first.

import { failureText, showError } from "../core/failure.js";
import { later } from "../core/later.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Page } from "./page.js" */

/**
 * From now on nothing plays and nothing is exported that could not be noted.
 * @param {Page} page
 */
export function logDone(page) {
  const { store, ranking, stage, shortlist } = page;
  /** @param {Failure} error */
  const fail = (error) => showError(page.error, error);
  const notes = later(() => import("./audit_notes.js"))
    .then(({ AuditNotes }) => new AuditNotes(store, ranking, fail));
  notes.catch(fail);
  stage.player.permit = async (id) => {
    try {
      await (await notes).played(id);
      return true;
    } catch (error) {
      stage.player.pause();
      stage.say(failureText(/** @type {Failure} */ (error)));
      return false;
    }
  };
  shortlist.onexport = async (entries, kind) => (await notes).exported(entries, kind);
}

/**
 * What is corrected while searching is told to a server that keeps it as labels.
 * @param {Page} page
 */
export function learnFrom({ store, error: box }) {
  const fail = (/** @type {Failure} */ error) => showError(box, error);
  later(() => import("./learn_notes.js")).then(({ LearnNotes }) => new LearnNotes(store, fail))
    .catch(fail);
}
