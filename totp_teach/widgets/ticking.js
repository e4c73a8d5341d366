// The ticking code. Python has computed the codes; the browser's clock chooses which of them to show.

import { clock, clockTime, thousands } from "./clock.js";
import { add, newId, patience } from "./dom.js";

const PROMPT = 1000; // ms: an answer about the kernel's clock that takes longer tells nothing about a second

function render({ model, el }) {
  const [codes, first, digits, period] = ["codes", "first", "digits", "period"].map((name) => model.get(name));
  const slots = model.get("neighbours")
    ? [
        [-1, "before"],
        [0, "now"],
        [1, "after"],
      ]
    : [[0, "now"]];

  const name = model.get("name");
  const root = add(el, "div", { class: "totp totp-ticking", role: "group", "aria-label": `Code of ${name}` });
  add(root, "div", { class: "totp-name" }, name);
  const row = add(root, "div", { class: "totp-row" });
  const timer = add(row, "div", { class: "totp-timer", role: "timer", "aria-label": "seconds left" });
  const ring = add(timer, "svg", { viewBox: "-25 -25 50 50", "aria-hidden": "true" });
  add(ring, "circle", { r: 21, class: "totp-track" });
  const arc = add(ring, "circle", { r: 21, class: "totp-arc", pathLength: period, transform: "rotate(-90)" });
  const left = add(timer, "span", { class: "totp-left" });
  const cells = slots.map(([shift, word]) => {
    const cell = add(row, "div", { class: `totp-slot totp-${word}`, "data-slot": word });
    const code = add(cell, "div", { class: "totp-code" });
    const begins = add(cell, "div", { class: "totp-caption" });
    const number = add(cell, "div", { class: "totp-caption" });
    return { shift, word, cell, code, begins, number };
  });
  const note = add(root, "div", { class: "totp-note" });
  const clockNote = add(root, "div", { class: "totp-note" });

  const codeOf = (step) => codes.slice((step - first) * digits, (step - first + 1) * digits);
  const known = (step) => step >= first && (step - first) * digits < codes.length;

  let shown;

  function showStep(step) {
    shown = step;
    for (const { shift, word, cell, code, begins, number } of cells) {
      const own = step + shift;
      const digitsNow = known(own) ? codeOf(own) : "";
      cell.dataset.step = own;
      cell.dataset.code = digitsNow;
      code.textContent = (digitsNow || "–".repeat(digits)).match(/.{1,3}/g).join(" ");
      begins.textContent = `${word}: from ${clockTime(own * period)} UTC`;
      number.textContent = `step ${thousands(own)}`;
    }
    note.textContent = known(step)
      ? ""
      : step < first
        ? "No code: the browser's clock is before the first code that was computed. Compare its clock with the kernel's."
        : "The codes computed ahead have run out. Run the cell again.";
  }

  function show(seconds) {
    const step = Math.floor(seconds / period);
    if (step !== shown) showStep(step);
    const remaining = period - (seconds % period);
    left.textContent = `${remaining} s`;
    arc.setAttribute("stroke-dasharray", `${remaining} ${period}`);
  }

  // One question and one answer: do the browser's clock and the kernel's agree?
  const id = newId();
  const asked = Date.now();
  const unknown = "Whether the kernel's clock agrees is unknown: it did not answer within a second.";
  const waiting = patience(() => sayClock("unknown", unknown), PROMPT);

  function sayClock(state, words) {
    root.dataset.clock = state;
    clockNote.textContent = words;
  }

  function answer(message) {
    if (message.id !== id) return; // another view's
    const answered = Date.now();
    if (answered - asked > PROMPT) return;
    waiting.stop();
    const ahead = ((asked + answered) / 2 - message.clock * 1000) / 1000;
    if (Math.abs(ahead) <= 1) return sayClock("agrees", "");
    const by = Math.abs(ahead) < 100 ? Math.abs(ahead).toFixed(1) : thousands(Math.round(Math.abs(ahead)));
    const side = ahead > 0 ? "ahead of" : "behind";
    sayClock("differs", `The browser's clock, which these codes follow, is ${by} s ${side} the kernel's.`);
  }

  model.on("msg:custom", answer);
  clock.join(show);
  if (model.get("one_clock")) sayClock("agrees", "");
  else ask();

  function ask() {
    waiting.wait();
    try {
      model.send({ id });
    } catch {
      // The kernel has gone before this view came: there is nobody to ask.
    }
  }

  return () => {
    clock.leave(show);
    waiting.stop();
    model.off("msg:custom", answer);
  };
}

export default { render };
