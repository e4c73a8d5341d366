// The explorer: a native form (builder.js says why). What is typed goes to Python, which answers with the whole chain.

const PATIENCE = 3000; // ms, then it says that there is no answer
const NO_ANSWER = "No answer yet: the kernel is busy, or it has stopped. If it has, run the cell again.";

function add(parent, tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return parent.appendChild(node);
}

function render({ model, el }) {
  const root = add(el, "div", { class: "totp totp-form totp-explorer", role: "group", "aria-label": "Explorer" });
  const form = add(root, "div", { class: "totp-fields" });
  const status = add(root, "div", { role: "status", class: "totp-status", "data-accepted": "false" });
  const chain = add(root, "div", { style: "margin-top: 8px" });
  const id = `totp-${Math.random().toString(36).slice(2)}`;

  const inputs = {};
  for (const { name, label, choices } of model.get("form")) {
    const field = add(form, "div", { class: "totp-field", "data-field": name });
    add(field, "label", { for: `${id}-${name}` }, label);
    const plain = { id: `${id}-${name}`, autocomplete: "off", autocapitalize: "off", spellcheck: "false" };
    inputs[name] = add(field, choices.length ? "select" : "input", plain);
    for (const choice of choices) add(inputs[name], "option", { value: choice }, choice);
    inputs[name].addEventListener("input", tell);
  }
  const beside = { type: "button", style: "align-self: flex-end" };
  add(form, "button", beside, "Now").addEventListener("click", () => {
    inputs.at.value = Math.floor(Date.now() / 1000);
    tell();
  });

  let number = 0; // of the edit
  let impatient;

  function tell() {
    number += 1;
    const fields = Object.entries(inputs).map(([name, input]) => [name, input.value]);
    model.set("edit", { number, fields: Object.fromEntries(fields) });
    model.save_changes(); // while Python is at work only the last of these waits
    clearTimeout(impatient);
    impatient = setTimeout(() => say(NO_ANSWER), PATIENCE);
  }

  function say(words) {
    if (status.textContent !== words) status.textContent = words; // what has been said is not announced again
  }

  function show() {
    clearTimeout(impatient);
    const { fields, words, html } = model.get("said");
    for (const [name, input] of Object.entries(inputs)) {
      if (input !== document.activeElement && input.value !== fields[name]) input.value = fields[name];
    }
    say(words);
    chain.innerHTML = html; // drawn by `show`, which escapes what comes from outside
  }

  root.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab's shortcuts are single keys
  model.on("change:said", show);
  show();
  return () => {
    clearTimeout(impatient);
    model.off("change:said", show);
  };
}

export default { render };
