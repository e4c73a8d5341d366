// The verify box: a native form. What is typed goes to Python, which checks it and answers in words.

const PATIENCE = 3000; // ms, then it says that there is no answer; a late one is shown all the same

function add(parent, tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return parent.appendChild(node);
}

function render({ model, el }) {
  const id = `totp-${Math.random().toString(36).slice(2)}`;
  const form = add(el, "form", { class: "totp totp-verify", novalidate: "" });
  add(form, "label", { for: id, class: "totp-name" }, model.get("label"));
  const row = add(form, "div", { class: "totp-row" });
  const native = { type: "text", inputmode: "numeric", autocomplete: "one-time-code", spellcheck: "false", size: 9 };
  const input = add(row, "input", { id, class: "totp-code", ...native });
  add(row, "button", { type: "submit" }, "Check");
  const status = add(form, "div", { role: "status", class: "totp-status" });

  let asked = 0; // numbers the questions
  let waiting = null; // the code whose answer has not come
  let impatient;

  function say(words, reason, accepted) {
    status.textContent = words;
    status.dataset.reason = reason;
    status.dataset.accepted = accepted ?? "";
  }

  function submit(event) {
    event.preventDefault();
    if (input.value === waiting) return; // Enter and a click, or a double click: one check
    waiting = input.value;
    asked += 1;
    say("checking…", "checking");
    clearTimeout(impatient);
    impatient = setTimeout(() => {
      say("No answer yet: the kernel is busy, or it has stopped. If it has, run the cell again.", "waiting");
    }, PATIENCE);
    try {
      model.send({ id: `${id}/${asked}`, code: input.value });
    } catch {
      clearTimeout(impatient);
      waiting = null;
      say("No answer: the kernel has stopped. Start it, and run the cell again.", "waiting");
    }
  }

  function answer(message) {
    if (message.id !== `${id}/${asked}`) return; // another view's, or that of a code replaced since
    clearTimeout(impatient);
    waiting = null;
    say(message.words, message.reason, message.accepted);
    if (document.activeElement === input) input.select(); // the next code replaces this one
  }

  // JupyterLab's shortcuts are single letters and digits; what is typed here is not for them.
  const keep = (event) => event.stopPropagation();
  form.addEventListener("keydown", keep);
  form.addEventListener("submit", submit);
  model.on("msg:custom", answer);

  return () => {
    clearTimeout(impatient);
    model.off("msg:custom", answer);
  };
}

export default { render };
