// A document for modules that draw: happy-dom's, made the global one. Import this first.

import { readFileSync } from "node:fs";
import { Window } from "happy-dom";

export const window = new Window({ url: "http://localhost/", width: 1280, height: 800 });

const TAKEN = ["document", "location", "history", "localStorage", "sessionStorage",
  "navigator", "innerWidth", "innerHeight", "Node", "Element", "HTMLElement", "HTMLInputElement",
  "SVGElement", "Event", "EventTarget", "CustomEvent",
  "KeyboardEvent", "MouseEvent", "PointerEvent", "DragEvent", "File", "Blob", "FormData", "DOMException",
  "DOMParser", "getComputedStyle", "matchMedia", "requestAnimationFrame", "Audio"];

for (const name of TAKEN) {
  const value = window[name];
  const bound = typeof value === "function" && !/^[A-Z]/.test(name) ? value.bind(window) : value;
  Object.defineProperty(globalThis, name, { value: bound, configurable: true, writable: true });
}
for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) {
  globalThis[name] = window[name].bind(window);
}
globalThis.window = window;

/** Sizes never change here, so an observer is called once, when it begins to look. */
globalThis.ResizeObserver = class {
  constructor(changed) {
    this.changed = changed;
  }

  observe() {
    queueMicrotask(() => this.changed());
  }
};

/** Let an element have a size, which happy-dom does not work out. */
export function size(node, width, height) {
  for (const [name, value] of [["clientWidth", width], ["clientHeight", height]]) {
    Object.defineProperty(node, name, { value, configurable: true });
  }
}

const TEXTS = new URL("../../vmr/page/static/texts/", import.meta.url);

/** Both languages, read as the page reads them. */
export async function loadTexts() {
  const { LANGUAGES, loadPart, loadTexts: load } = await import("../../vmr/page/static/core/i18n.js");
  const before = globalThis.fetch;
  globalThis.fetch = async (url) => ({
    json: async () => JSON.parse(readFileSync(new URL(String(url).split("/").at(-1), TEXTS), "utf8")),
  });
  for (const part of ["evidence", "label", "project", "reverse"]) await loadPart(part);
  await Promise.all(LANGUAGES.map(load));
  globalThis.fetch = before;
}

/** Everything that waits for a microtask or a frame has run. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** A key press on an element, as a browser sends it; true where nothing prevented it. */
export const press = (node, key) =>
  node.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
