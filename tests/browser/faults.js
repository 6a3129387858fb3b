// What is wrong on the page as it stands: the page or a control beyond the window's sides where nothing
// scrolls, text that is cut without a mark, words one letter wide, controls on each other or too small.
() => {
  const root = document.querySelector("dialog[open]") ?? document.querySelector("#vmr");
  const CONTROLS = "button, input, select, textarea, summary, a[href]";
  const MAY_COVER = ".menu, .filter-list, .strip-borders, .error";

  const named = (node) => `${node.tagName.toLowerCase()}.${node.getAttribute("class") ?? ""} `
    + `"${(node.textContent || node.getAttribute("aria-label") || "").trim().slice(0, 40)}"`;
  const isShown = (node) => !node.closest(".file-input, .visually-hidden, .leaving")
    && node.getClientRects().length > 0
    && node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const above = (node) => node.parentElement ? [node.parentElement, ...above(node.parentElement)] : [];
  const scrolls = (node) => above(node).some((up) => up.scrollWidth > up.clientWidth
    && /auto|scroll/.test(getComputedStyle(up).overflowX));
  const clips = (node) => ["overflowX", "overflowY"].some((way) =>
    getComputedStyle(node)[way] !== "visible");
  const seen = (node) => above(node).filter(clips).map((up) => up.getBoundingClientRect())
    .reduce((part, frame) => ({ // the part of a control that is in sight
      left: Math.max(part.left, frame.left), right: Math.min(part.right, frame.right),
      top: Math.max(part.top, frame.top), bottom: Math.min(part.bottom, frame.bottom) }),
    node.getBoundingClientRect());

  const nodes = [...root.querySelectorAll("*")].filter((node) =>
    !(node instanceof SVGElement) && isShown(node));
  const controls = nodes.filter((node) => node.matches(CONTROLS));
  const texts = nodes.filter((node) => [...node.childNodes].some(({ nodeType, data }) =>
    nodeType === Node.TEXT_NODE && data.trim()));
  const boxed = (all, wrong) => all.filter((node) => wrong(node.getBoundingClientRect(), node));

  const wide = document.documentElement.scrollWidth;
  const beyond = boxed([...new Set([...texts, ...controls])], ({ left, right }, node) =>
    (right > innerWidth + 1 || left < -1) && !scrolls(node));
  const cut = texts.filter((node) => node.clientWidth > 2 && node.scrollWidth > node.clientWidth + 1
    && /hidden|clip/.test(getComputedStyle(node).overflowX)
    && getComputedStyle(node).textOverflow !== "ellipsis");
  const isCutBy = ({ right }, up) => right > up.getBoundingClientRect().right + 1
    && /hidden|clip/.test(getComputedStyle(up).overflowX)
    && getComputedStyle(up).textOverflow !== "ellipsis";
  const cutAround = boxed(texts, (box, node) => above(node).some((up) => isCutBy(box, up)) && !scrolls(node));
  const narrow = boxed(texts, ({ width, height }) => width < 24 && height > 60);
  const small = boxed(controls, ({ width, height }, node) => Math.min(width, height) < 20
    && node.type !== "range" && !node.closest("p, li, label, td, th, .facts-list"));

  const beside = controls.filter((node) => !node.closest(MAY_COVER));
  const covered = beside.flatMap((one, i) => beside.slice(i + 1).filter((other) => {
    if (one.contains(other) || other.contains(one)) return false;
    const [a, b] = [seen(one), seen(other)];
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return across > 12 && down > 12; // links are a little larger than their text, for a finger
  }).map((other) => `on each other: ${named(one)} and ${named(other)}`));

  const told = (what, all) => all.map((node) => `${what}: ${named(node)}`);
  return [...new Set([...wide > innerWidth ? [`the page is ${wide} px wide`] : [],
    ...told("beyond the side", beyond), ...told("cut", [...cut, ...cutAround]),
    ...told("one letter wide", narrow), ...told("small", small), ...covered])];
}
