// The phone: its accounts tick by the page's clock; what it scans, and how it is wrong, is asked of Python.

import { clock, clockTime, thousands } from "./clock.js";
import { add, GONE, keepKeys, newId, NO_ANSWER, patience, PLAIN } from "./dom.js";

const LARGEST = 8e6; // bytes: Jupyter closes the line to the kernel at a message of ten million

function render({ model, el }) {
  const name = "Phone with an authenticator app";
  const root = add(el, "div", { class: "totp totp-phone", role: "group", "aria-label": name });
  const screen = add(root, "div", { class: "totp-screen" });
  const time = add(screen, "div", { class: "totp-caption" });
  const list = add(screen, "ul", { class: "totp-accounts" });
  const nothing = add(screen, "p", { class: "totp-name" }, "No account yet. Scan its QR code, or paste its URI.");

  const form = add(screen, "form", { class: "totp-adding", novalidate: "" });
  const label = (text) => add(form, "label", { class: "totp-field" }, text);
  const file = add(label("Scan a picture of a QR code"), "input", { type: "file", accept: "image/*" });
  const pasted = add(label("or paste a picture, or an otpauth:// URI"), "input", { type: "text", ...PLAIN });
  add(form, "button", { type: "submit" }, "Add");
  const status = add(screen, "div", { role: "status", class: "totp-status" });

  const faults = add(root, "fieldset", { class: "totp-faults" });
  add(faults, "legend", {}, "What is wrong with this phone");
  const wrong = add(faults, "label", { class: "totp-field" }, "Its clock: seconds ahead (−60: behind)");
  const limits = { type: "number", step: 1, min: -86400, max: 86400, required: "" };
  const ahead = add(wrong, "input", limits);
  const boxes = ["algorithm", "digits", "period"].map((name) => {
    const line = add(faults, "label", { class: "totp-check" });
    const box = add(line, "input", { type: "checkbox", value: name });
    line.append(` it ignores ${name}`);
    return box;
  });

  // ---- the accounts

  const views = new Map(); // by type and name

  function lay() {
    const rows = new Map(model.get("rows").map((row) => [`${row.type} ${row.name}`, row]));
    for (const [key, view] of views) {
      if (!rows.has(key)) view.item.remove(views.delete(key));
    }
    for (const [key, row] of rows) {
      if (!views.has(key)) views.set(key, row.type === "hotp" ? counting(row) : ticking(row));
      views.get(key).row = row;
    }
    nothing.hidden = rows.size > 0;
    if (!open) setFaults();
    show(Math.floor(Date.now() / 1000));
  }

  function setFaults() {
    if (ahead !== document.activeElement) ahead.value = model.get("ahead"); // not under the reader's hands
    for (const box of boxes) box.checked = model.get("ignores").includes(box.value);
  }

  function account({ name }) {
    const item = add(list, "li", { class: "totp-account", "data-name": name });
    add(item, "div", { class: "totp-name" }, name);
    const line = add(item, "div", { class: "totp-line totp-slot totp-now" });
    const code = add(line, "div", { class: "totp-code" });
    return { item, line, code, caption: add(item, "div", { class: "totp-caption" }) };
  }

  function ticking(row) {
    const view = account(row);
    const timer = add(view.line, "div", { class: "totp-timer", role: "timer", "aria-label": "seconds left" });
    const ring = add(timer, "svg", { viewBox: "-25 -25 50 50", "aria-hidden": "true" });
    add(ring, "circle", { r: 21, class: "totp-track" });
    const arc = add(ring, "circle", { r: 21, class: "totp-arc", transform: "rotate(-90)" });
    const left = add(timer, "span", { class: "totp-left" });
    view.show = (now) => {
      const { codes, first, digits, period } = view.row;
      const step = Math.floor(now / period);
      const code = step < first ? "" : codes.slice((step - first) * digits, (step - first + 1) * digits);
      const words = code ? `step ${thousands(step)}` : "no code was computed for this moment";
      showCode(view, code || "–".repeat(digits), words, step);
      const remaining = period - (now % period);
      left.textContent = `${remaining} s`;
      arc.setAttribute("pathLength", period);
      arc.setAttribute("stroke-dasharray", `${remaining} ${period}`);
    };
    return view;
  }

  function counting(row) {
    const view = account(row);
    const next = add(view.line, "button", { type: "button", "aria-label": `Next code of ${row.name}` }, "Next code");
    next.addEventListener("click", () => ask({ next: row.name }));
    view.show = () => showCode(view, view.row.code, `counter ${view.row.counter}`, "");
    return view;
  }

  function showCode({ item, code, caption }, digits, words, step) {
    if (item.dataset.code === digits && caption.textContent === words) return;
    item.dataset.code = digits;
    item.dataset.step = step;
    code.textContent = digits.match(/.{1,3}/g).join(" ");
    caption.textContent = words;
  }

  function show(seconds) {
    const now = seconds + model.get("ahead");
    const by = model.get("ahead");
    const error = by ? `, ${thousands(Math.abs(by))} s ${by > 0 ? "ahead" : "behind"}` : "";
    time.textContent = `${clockTime(now)} UTC${error}`;
    for (const view of views.values()) view.show(now);
  }

  // ---- what is asked of Python

  const id = newId();
  let asked = 0; // numbers the questions
  let open = false; // is a question: until its answer what the reader has set is newer than what Python says
  const waiting = patience(() => say(NO_ANSWER));

  function say(words, done = "") {
    status.textContent = words;
    status.dataset.accepted = done;
  }

  function ask(question, buffers) {
    asked += 1;
    open = true;
    say("…");
    waiting.wait();
    try {
      model.send({ id: `${id}/${asked}`, ...question }, undefined, buffers);
    } catch {
      answered(GONE, false);
    }
  }

  // What is refused here is newer than any question that still waits for its answer.
  function refuse(words) {
    asked += 1;
    answered(words, false);
  }

  function answered(words, done) {
    waiting.stop();
    open = false;
    setFaults();
    say(words, done);
  }

  function answer(message) {
    if (message.id !== `${id}/${asked}`) return; // another view's, or that of a question replaced since
    answered([message.words, ...model.get("findings")].join(" "), message.done);
    if (message.done && document.activeElement === pasted) pasted.value = "";
  }

  async function scan(picture) {
    if (!picture) return;
    if (picture.size > LARGEST) refuse("The picture is too large to be sent: 8 MB at most.");
    else ask({}, [await picture.arrayBuffer()]);
  }

  file.addEventListener("change", () => scan(file.files[0]));
  file.addEventListener("click", () => (file.value = "")); // so that the same picture can be scanned again
  root.addEventListener("paste", ({ clipboardData: data }) => {
    // WebKit says of a picture on the clipboard neither that it is there nor what it is.
    if (data.files.length || data.getData("text/plain")) scan(data.files[0]);
    else refuse("This browser does not hand over what was copied. Save the picture, and choose its file.");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask({ uri: pasted.value });
  });
  ahead.addEventListener("input", () => {
    if (ahead.validity.valid) ask({ ahead: ahead.valueAsNumber });
    else refuse("The clock's error is a whole number of seconds, a day (86400) at most, either way.");
  });
  for (const box of boxes) {
    box.addEventListener("change", () => ask({ ignores: boxes.filter((one) => one.checked).map((one) => one.value) }));
  }
  keepKeys(root);
  model.on("change:rows change:ahead change:ignores", lay);
  model.on("msg:custom", answer);
  lay();
  clock.join(show);
  return () => {
    clock.leave(show);
    waiting.stop();
    model.off("change:rows change:ahead change:ignores", lay);
    model.off("msg:custom", answer);
  };
}

export default { render };
