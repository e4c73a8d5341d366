// The verify box: a native form. What is typed goes to Python, which checks it and answers in words.

import { add, GONE, keepKeys, newId, NO_ANSWER, patience } from "./dom.js";

function render({ model, el }) {
  const id = newId();
  const form = add(el, "form", { class: "totp totp-verify", novalidate: "" });
  add(form, "label", { for: id, class: "totp-name" }, model.get("label"));
  const row = add(form, "div", { class: "totp-row" });
  const native = { type: "text", inputmode: "numeric", autocomplete: "one-time-code", spellcheck: "false", size: 9 };
  const input = add(row, "input", { id, class: "totp-code", ...native });
  const button = add(row, "button", { type: "submit" }, "Check");
  const status = add(form, "div", { role: "status", class: "totp-status" });

  let asked = 0; // numbers the questions
  let open = null; // the code whose answer has not come
  const waiting = patience(() => say(NO_ANSWER, "waiting"));

  function say(words, reason, accepted) {
    status.textContent = words;
    status.dataset.reason = reason;
    status.dataset.accepted = accepted ?? "";
  }

  function submit(event) {
    event.preventDefault();
    if (input.value === open) return; // Enter and a click: one check
    open = input.value;
    asked += 1;
    say("checking…", "checking");
    waiting.wait();
    try {
      model.send({ id: `${id}/${asked}`, code: input.value, clock: Date.now() / 1000 });
    } catch {
      answered(GONE, "waiting");
    }
  }

  function answered(words, reason, accepted) {
    waiting.stop();
    open = null;
    say(words, reason, accepted);
  }

  function answer(message) {
    if (message.id !== `${id}/${asked}`) return; // another view's, or that of a code replaced since
    answered(message.words, message.reason, message.accepted);
    if (document.activeElement === input) input.select(); // the next code replaces this one
  }

  // The second click of a double click and a key that is held down are not another try: it would be refused as used.
  button.addEventListener("click", (event) => event.detail > 1 && event.preventDefault());
  form.addEventListener("keydown", (event) => event.repeat && event.key === "Enter" && event.preventDefault());
  keepKeys(form);
  form.addEventListener("submit", submit);
  model.on("msg:custom", answer);

  return () => {
    waiting.stop();
    model.off("msg:custom", answer);
  };
}

export default { render };
