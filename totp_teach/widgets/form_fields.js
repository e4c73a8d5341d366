// Native fields, and the way to Python and back. (Our own and not ipywidgets' fields: in theirs the keys of a list or a
// file field reach JupyterLab, where "b" adds a cell, and their sliders have no name.)

import { add, newId, patience, PLAIN } from "./dom.js";

export function addField(parent, { name, label }, tag, attributes = {}) {
  const id = newId();
  const field = add(parent, "div", { class: "totp-field", "data-field": name });
  add(field, "label", { for: id }, label);
  return add(field, tag, { id, ...attributes });
}

// The fields of a form: a text, a list of choices, or a slider over choices that have words of their own.
// It gives { read, fill } of each by its name, as texts.
export function addFields(parent, form, changed) {
  const inputs = {};
  for (const { name, label, choices = [], words, colour } of form) {
    const kind = words ? addSlider : choices.length ? addList : addText;
    const input = kind(parent, { name, label, choices, words });
    input.node.addEventListener("input", changed);
    if (colour) (words ? input.node.parentElement : input.node).style.borderBottomColor = colour;
    inputs[name] = input;
  }
  return inputs;
}

function addText(parent, field) {
  const mode = ["digits", "period", "counter"].includes(field.name) ? "numeric" : "text";
  const node = addField(parent, field, "input", { type: "text", inputmode: mode, ...PLAIN });
  return valued(node);
}

function addList(parent, field) {
  const node = addField(parent, field, "select");
  for (const choice of field.choices) add(node, "option", { value: choice }, choice);
  return valued(node);
}

function addSlider(parent, field) {
  const node = addField(parent, field, "input", { type: "range", min: 0, max: field.choices.length - 1, step: 1 });
  const told = document.createElement("span"); // for the eye: a screen reader has it as the slider's value
  told.setAttribute("aria-hidden", "true");
  node.before(told);
  const say = () => {
    told.textContent = field.words[node.valueAsNumber];
    node.setAttribute("aria-valuetext", told.textContent);
  };
  node.addEventListener("input", say);
  const fill = (text) => {
    node.value = field.choices.indexOf(text);
    say();
  };
  return { node, fill, read: () => field.choices[node.valueAsNumber] };
}

export const valued = (node) => ({ node, read: () => node.value, fill: (text) => (node.value = text) });

export const readAll = (inputs) => Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.read()]));

export function fillIn(input, text) {
  if (input.node !== document.activeElement && input.read() !== text) input.fill(text); // not under the reader's hands
}

// The reader's edits, numbered, go to Python; `show` is called with what it says, at once and after each answer, and
// `late` when there is none for a while.
export function converse(model, show, late) {
  let number = 0;
  const waiting = patience(late);
  const answered = () => {
    waiting.stop();
    show(model.get("said"));
  };
  model.on("change:said", answered);
  answered();
  return {
    tell: (edit) => {
      number += 1;
      model.set("edit", { number, ...edit });
      model.save_changes(); // while Python is at work only the last of these waits
      waiting.wait();
    },
    end: () => {
      waiting.stop();
      model.off("change:said", answered);
    },
  };
}
