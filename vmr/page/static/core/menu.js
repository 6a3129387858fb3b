// A small menu beside a button, and dialogs; both close with Escape and give the focus back.

import { h, icon } from "./dom.js";
import { named, t } from "./i18n.js";
/** @import { Callback } from "./types.js" */

/**
 * An entry of a menu: the key of its text, with values for it, and what it does.
 * @typedef {{ key: string, run: Callback, disabled?: boolean, values?: Record<string, unknown> }
 *   } MenuItem
 */

export class Menu {
  top = 0; // of the button, when the menu opened
  /** @type {HTMLElement | null} */
  opener = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.node = h("div.menu", { role: "menu", hidden: true });
    root.append(this.node);
    addEventListener("click", (event) => {
      if (!this.#inside(event.target)) this.close();
    });
    this.node.addEventListener("keydown", (event) => this.#walk(event));
    root.addEventListener("scroll", () => this.#follow(), true);
  }

  /**
   * items: [{key, run, disabled}]
   * @param {HTMLElement} opener
   * @param {(MenuItem | null | false | undefined)[]} items
   */
  open(opener, items) {
    if (this.opener === opener) return this.close();
    this.close();
    this.opener = opener;
    opener.setAttribute("aria-expanded", "true");
    this.node.replaceChildren(...items.filter((item) => !!item).map(({ key, run, disabled, values }) =>
      h("button", { type: "button", role: "menuitem", text: t(key, values), disabled,
        onclick: () => {
          this.close();
          run();
        } })));
    this.node.hidden = false;
    const at = opener.getBoundingClientRect();
    const box = this.node.getBoundingClientRect();
    const below = at.bottom + box.height + 8 < innerHeight;
    this.node.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - box.height - 4)}px`;
    this.node.style.left = `${Math.max(8, Math.min(at.right - box.width, innerWidth - box.width - 8))}px`;
    this.top = at.top;
    this.#buttons()[0]?.focus({ preventScroll: true });
  }

  /** A menu whose button scrolled away closes; any other scrolling leaves it open. */
  #follow() {
    if (this.opener && Math.abs(this.opener.getBoundingClientRect().top - this.top) > 2) this.close();
  }

  close() {
    if (!this.opener) return;
    const focused = this.node.contains(document.activeElement);
    this.node.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    if (focused) this.opener.focus();
    this.opener = null;
  }

  /** @returns {HTMLButtonElement[]} */
  #buttons() {
    return [...this.node.querySelectorAll("button")].filter((button) => !button.disabled);
  }

  /** @param {EventTarget | null} target */
  #inside(target) {
    return target instanceof Node
      && (this.node.contains(target) || Boolean(this.opener?.contains(target)));
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const buttons = this.#buttons();
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (by) {
      const at = buttons.findIndex((button) => button === document.activeElement);
      buttons[(at + by + buttons.length) % buttons.length].focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * Show a modal dialog; it leaves the document when it closes.
 * @param {HTMLElement} root
 * @param {string} title
 * @param {...(Node | string)} children
 */
export function openDialog(root, title, ...children) {
  const close = h("button.tool", { type: "button", ...named("dialog.close"),
    onclick: () => node.close() }, icon("close"));
  /** @type {HTMLDialogElement} */
  const node = h("dialog.dialog", { "aria-label": title, onclose: () => node.remove(),
    onclick: (event) => event.target === node && node.close() },
  h("div.dialog-head", {}, h("h2", { text: title }), close), h("div.dialog-body", {}, ...children));
  root.append(node);
  node.showModal();
  return node;
}
