// A question with its answers. It needs no kernel: the reasons are here from the beginning.

import { add, keepKeys, newId } from "./dom.js";
import { given } from "./given.js";

function render({ model, el }) {
  const answers = model.get("answers");
  const form = add(el, "form", { class: "totp totp-question" });
  const fields = add(form, "fieldset");
  const legend = add(fields, "legend");
  add(legend, "b", {}, `Question ${model.get("id")}. `);
  add(legend, "span").innerHTML = model.get("text"); // drawn by `show`, which escapes, as are the answers and reasons
  const group = newId();
  const choices = answers.map(({ text }, place) => {
    const label = add(fields, "label");
    const choice = add(label, "input", { type: "radio", name: group, value: place });
    add(label, "span").innerHTML = text;
    return choice;
  });
  add(form, "button", { type: "submit" }, "Answer");
  const status = add(form, "div", { role: "status", class: "totp-status" });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answer = answers[choices.findIndex((choice) => choice.checked)];
    status.innerHTML = answer ? answer.reason : "Choose an answer first.";
    status.dataset.accepted = answer ? answer.right : "";
    if (answer) given.answer(model.get("id"), answer.right);
  });
  keepKeys(form);
}

export default { render };
