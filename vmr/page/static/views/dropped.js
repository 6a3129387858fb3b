// What becomes of dropped files: several videos go into a project or one is chosen, music is asked about.

import { isSound } from "../core/choosing.js";
import { showError } from "../core/failure.js";
import { t } from "../core/i18n.js";
import { ask } from "./ask.js";
/** @import { Page } from "./page.js" */

/**
 * @param {Page} page
 * @param {File[]} files
 */
export async function takeDropped(page, files) {
  const { root, store, intake } = page;
  if (!files.length) return showError(page.error, new Error(t("drop.none")));
  const file = files.length === 1 ? files[0] : await chosen(page, files);
  if (!file) return;
  if (store.get("tab") === "reverse") return page.late.reverseOf({ file });
  if (!isSound(file)) return intake.take({ file });
  const beside = store.get("phase") === "results" && store.get("tab") === "match";
  const use = await ask(root, t("ask.music", { name: file.name }), [
    ...(beside ? [{ value: "reference", key: "ask.music.reference" }] : []),
    { value: "videos", key: "ask.music.videos" }]);
  if (use === "reference") return intake.reference(file);
  if (use !== "videos") return;
  page.late.reverseOf({ file });
}

/**
 * One of several files; null where all went into a project, or none is wanted.
 * @param {Page} page
 * @param {File[]} files
 */
async function chosen(page, files) {
  const videos = files.filter((file) => !isSound(file));
  if (videos.length === files.length && page.store.get("tab") === "project") {
    (await page.late.open("project")).add(files);
    return null;
  }
  /** @type {import("./ask.js").Answer<File | "all">[]} */
  const answers = files.map((value) => ({ value, text: value.name }));
  if (videos.length > 1) answers.unshift({ value: "all", key: "ask.several.project" });
  const answer = await ask(page.root, t("ask.several", { count: files.length }), answers);
  if (answer !== "all") return answer;
  page.store.set({ tab: "project" });
  (await page.late.open("project")).add(videos);
  return null;
}
