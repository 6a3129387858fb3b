// The guide: which end of the slider, how many labels, whom to ask; fetched when it is opened.

import { h } from "../core/dom.js";
import { language, t } from "../core/i18n.js";
import { render } from "../core/markdown.js";
import { openDialog } from "../core/menu.js";

/** @param {HTMLElement} root */
export async function openGuide(root) {
  const answer = await fetch(new URL(`../texts/guide.${language()}.md`, import.meta.url));
  if (!answer.ok) throw new Error(String(answer.status));
  openDialog(root, t("help.guide"), h("article.guide-text", { lang: language() },
    ...render(await answer.text())));
}
