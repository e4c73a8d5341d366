// A form (see form_fields.js), below it what Python says of it in words, and what it draws.

import { add, keepKeys, NO_ANSWER } from "./dom.js";
import { addFields, converse, fillIn, readAll } from "./form_fields.js";

function render({ model, el }) {
  const name = model.get("name");
  const kind = name.toLowerCase().replaceAll(" ", "-");
  const root = add(el, "div", { class: `totp totp-form totp-${kind}`, role: "group", "aria-label": name });
  const fields = add(root, "div", { class: "totp-fields" });
  const status = add(root, "div", { role: "status", class: "totp-status" });
  const drawn = add(root, "div", { class: "totp-drawn" });

  const tell = () => python.tell({ fields: readAll(inputs) });
  const inputs = addFields(fields, model.get("form"), tell);
  if (model.get("now")) {
    const field = inputs[model.get("now")];
    const button = add(fields, "button", { type: "button" }, "Now");
    field.node.parentElement.after(button);
    button.addEventListener("click", () => {
      field.fill(Math.floor(Date.now() / 1000));
      tell();
    });
  }

  function say(words, accepted) {
    status.dataset.accepted = accepted;
    if (status.textContent !== words) status.textContent = words; // what has been said is not announced again
  }

  function show(said) {
    const { fields, words, accepted, html } = said;
    for (const [name, input] of Object.entries(inputs)) {
      fillIn(input, fields[name]);
      input.draw?.(said);
    }
    say(words, accepted);
    drawn.innerHTML = html; // drawn by `show`, which escapes what comes from outside
  }

  const python = converse(model, show, () => say(NO_ANSWER, false));
  keepKeys(root);
  return python.end;
}

export default { render };
