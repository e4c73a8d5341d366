// What every front-end needs.

const SVG = "http://www.w3.org/2000/svg";
export const PLAIN = { autocomplete: "off", autocapitalize: "off", spellcheck: "false" };
// A stopped kernel takes with it what the cells above have computed, and Run All Cells would only start a new one.
const AGAIN = "Kernel → Restart Kernel and Run All Cells";
export const NO_ANSWER = `No answer yet: the kernel is busy, or it has stopped (then: ${AGAIN}), or the page has lost its server.`;
export const GONE = `No answer: the kernel has stopped. ${AGAIN} starts it again.`;

export const newId = () => `totp-${Math.random().toString(36).slice(2)}`;

// What all widgets of a page share, though every widget has its own copy of these files.
export function shared(name, make) {
  const key = Symbol.for(`totp_teach.${name}`);
  globalThis[key] ??= make();
  return globalThis[key];
}

export function add(parent, tag, attributes = {}, text = "") {
  const svg = tag === "svg" || parent.namespaceURI === SVG;
  const node = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return parent.appendChild(node);
}

// JupyterLab's shortcuts are single letters and digits; what is typed into a widget is not for them.
export const keepKeys = (node) => node.addEventListener("keydown", (event) => event.stopPropagation());

// Waiting for an answer: `late` is called when none has come for so long. One that comes later still is shown.
export function patience(late, milliseconds = 3000) {
  let timeout;
  const stop = () => clearTimeout(timeout);
  const wait = () => {
    stop();
    timeout = setTimeout(late, milliseconds);
  };
  return { wait, stop };
}
