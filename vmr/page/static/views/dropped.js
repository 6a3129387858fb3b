// What becomes of dropped files: one at a time, and music is asked about.

import { isSound } from "../core/choosing.js";
import { t } from "../core/i18n.js";
import { ask } from "./ask.js";
/** @import { Page } from "./page.js" */

/**
 * @param {Page} page
 * @param {File[]} files
 */
export async function takeDropped(page, files) {
  const { root, store, intake } = page;
  const file = files.length === 1 ? files[0]
    : await ask(root, t("ask.several", { count: files.length }),
      files.map((value) => ({ value, text: value.name })));
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
