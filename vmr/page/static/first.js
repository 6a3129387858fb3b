// Asks for the texts of the language that is shown first, while the page's modules are on their way.

import { firstLanguage, loadTexts } from "./core/i18n.js";

const boot = JSON.parse(document.getElementById("vmr-boot")?.textContent ?? "");
loadTexts(firstLanguage(boot.lang)).catch(() => {}); // app.js asks again
