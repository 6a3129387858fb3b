// What is wrong on the page as it stands: the page or a control beyond the window's sides where nothing
// scrolls, text that is cut without a mark, words one letter wide, controls on each other or too small.
() => {
  const found = new Set();
  const root = document.querySelector("dialog[open]") ?? document.querySelector("#vmr");
  const named = (node) => `${node.tagName.toLowerCase()}.${node.getAttribute("class") ?? ""} `
    + `"${(node.textContent || node.getAttribute("aria-label") || "").trim().slice(0, 40)}"`;
  const isShown = (node) => !node.closest(".file-input, .visually-hidden, .leaving")
    && node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const above = (node) => node.parentElement ? [node.parentElement, ...above(node.parentElement)] : [];
  const scrolls = (node) => above(node).some((up) => up.scrollWidth > up.clientWidth
    && /auto|scroll/.test(getComputedStyle(up).overflowX));
  const seen = (node) => { // the part of a control that is in sight
    const box = node.getBoundingClientRect();
    return above(node).filter((up) => {
      const { overflowX, overflowY } = getComputedStyle(up);
      return overflowX !== "visible" || overflowY !== "visible";
    }).map((up) => up.getBoundingClientRect()).reduce((part, frame) => ({
      left: Math.max(part.left, frame.left), right: Math.min(part.right, frame.right),
      top: Math.max(part.top, frame.top), bottom: Math.min(part.bottom, frame.bottom) }), box);
  };

  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) found.add(`the page is ${wide} px wide`);
  const nodes = [...root.querySelectorAll("*")].filter(isShown);
  const controls = nodes.filter((node) =>
    node.matches("button, input, select, textarea, summary, a[href]"));
  for (const node of nodes) {
    if (node instanceof SVGElement || !node.getClientRects().length) continue;
    const box = node.getBoundingClientRect();
    const { overflowX, textOverflow } = getComputedStyle(node);
    const texts = [...node.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
    const hasText = texts.some(({ data }) => data.trim());
    if (!hasText && !controls.includes(node)) continue;
    const isBeside = box.right > innerWidth + 1 || box.left < -1;
    if (isBeside && !scrolls(node)) found.add(`beyond the side: ${named(node)}`);
    const isCut = node.clientWidth > 2 && node.scrollWidth > node.clientWidth + 1
      && /hidden|clip/.test(overflowX) && textOverflow !== "ellipsis";
    if (hasText && isCut) found.add(`cut: ${named(node)}`);
    if (hasText && box.width < 24 && box.height > 60) found.add(`one letter wide: ${named(node)}`);
  }
  for (const node of controls) {
    const { width, height } = node.getBoundingClientRect();
    const isLine = node.closest("p, li, label, td, th, .facts-list") || node.type === "range";
    if (!isLine && Math.min(width, height) < 20) found.add(`small: ${named(node)}`);
  }
  const beside = controls.filter((node) => // what may lie on others
    !node.closest(".menu, .filter-list, .strip-borders, .error"));
  beside.forEach((one, i) => beside.slice(i + 1).forEach((other) => {
    if (one.contains(other) || other.contains(one)) return;
    const [a, b] = [seen(one), seen(other)];
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    // links are a little larger than their text, so that a finger meets them
    if (across > 12 && down > 12) found.add(`on each other: ${named(one)} and ${named(other)}`);
  }));
  return [...found];
}
