// Building DOM without innerHTML: text from files and people is only ever textContent.

/** @typedef {string | Node | null | undefined} Child */

/**
 * Attributes, properties ("text" is the text) and listeners ("onclick") of an element; null,
 * undefined and false are left out.
 * @typedef {{ [K in keyof GlobalEventHandlersEventMap as `on${K}`]?:
 *   (event: GlobalEventHandlersEventMap[K]) => unknown } & Record<string, any>} Props
 */

/**
 * The element that "button.play" names.
 * @template {string} S
 * @typedef {(S extends `${infer T}.${string}` ? T : S) extends infer T
 *   ? T extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[T] : HTMLElement
 *   : never} ElementOf
 */

/**
 * h("button.play", {onclick, "aria-label": ...}, child, "text", ...)
 * @template {string} S
 * @param {S} spec tag and classes
 * @param {Props} [props]
 * @param {...(Child | Child[])} children
 * @returns {ElementOf<S>}
 */
export function h(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = /** @type {any} */ (document.createElement(tag));
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else if (name in node && name !== "list" && !name.startsWith("aria")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * s("path", {d}) inside svg.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(string | Node)} children
 */
export function s(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

const ICONS = {
  play: "M8 5.2v13.6L19 12z",
  pause: "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z",
  star: "M12 3.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8L3.6 9.7l5.8-.8z",
  more: "M6 10.4a1.6 1.6 0 100 3.2 1.6 1.6 0 000-3.2zm6 0a1.6 1.6 0 100 3.2 1.6 1.6 0 000-3.2zm6 0a1.6 1.6 0 100 3.2 1.6 1.6 0 000-3.2z",
  close: "M6.4 5L12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  full: "M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z",
  theme: "M12 2a10 10 0 100 20 10 10 0 000-20zm0 2v16a8 8 0 010-16z",
  up: "M12 7l6 8H6z",
  down: "M12 17L6 9h12z",
  film: "M4 5h16v14H4zm2 2v2h2V7zm0 4v2h2v-2zm0 4v2h2v-2zm10-8v2h2V7zm0 4v2h2v-2zm0 4v2h2v-2zM10 7v4h4V7zm0 6v4h4v-4z",
  search: "M10.5 4a6.5 6.5 0 015.2 10.4l4.4 4.4-1.4 1.4-4.4-4.4A6.5 6.5 0 1110.5 4zm0 2a4.5 4.5 0 100 9 4.5 4.5 0 000-9z",
  save: "M11 4h2v8.2l3.1-3.1 1.4 1.4L12 16l-5.5-5.5 1.4-1.4 3.1 3.1zM5 18h14v2H5z",
  note: "M9 4l11-2v13.5a3.5 3.5 0 11-2-3.2V6.4l-7 1.3v9.8a3.5 3.5 0 11-2-3.2z",
};

/** @typedef {keyof typeof ICONS} IconName */

/**
 * A 24-unit icon that takes the text's colour.
 * @param {IconName} name
 */
export function icon(name) {
  return s("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" },
    s("path", { d: ICONS[name], fill: "currentColor", "fill-rule": "evenodd" }));
}

/**
 * @param {HTMLElement} button
 * @param {IconName} name
 */
export function setIcon(button, name) {
  if (button.dataset.icon === name) return;
  button.dataset.icon = name;
  button.querySelector("svg")?.remove();
  button.prepend(icon(name));
}

/**
 * Take everything out of an element.
 * @template {Element} T
 * @param {T} node
 */
export function clear(node) {
  node.replaceChildren();
  return node;
}

/**
 * Tell the style sheet a share from 0 to 1, as --at.
 * @param {HTMLElement} node
 * @param {number} share
 */
export const setAt = (node, share) => node.style.setProperty("--at", String(share));

/**
 * Seconds as 1:05.
 * @param {number} seconds
 */
export function clock(seconds) {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
