// The start: wait for Gradio's container and the texts, then make the page.

import { firstLanguage, loadTexts } from "./core/i18n.js";
import { readLink } from "./core/link.js";
import { follow } from "./views/follow.js";
import { Page } from "./views/page.js";
import { configure } from "./core/server.js";

/** Gradio draws its container first; ours begins when it is there. */
function containerReady() {
  return new Promise((resolve) => {
    const look = () => document.getElementById("vmr");
    if (look()) return resolve(look());
    const watch = new MutationObserver(() => look() && (watch.disconnect(), resolve(look())));
    watch.observe(document.documentElement, { childList: true, subtree: true });
  });
}

const boot = JSON.parse(document.getElementById("vmr-boot")?.textContent ?? "");
configure(boot);
const lang = firstLanguage(boot.lang);
const [root] = await Promise.all([containerReady(), loadTexts(lang)]);
const page = new Page(root, boot);
page.begin(lang);
Object.assign(window, { vmr: page }); // for the curious and for tests
const link = readLink();
if (link) follow(page, link);
