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
  for (const field of form) {
    const { name, colour, words } = field;
    const kind = field.parts ? addBits : words ? addSlider : field.groups || field.choices?.length ? addList : addText;
    const input = kind(parent, field);
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
  const list = (parent, choices) => {
    for (const choice of choices) add(parent, "option", { value: choice }, choice);
  };
  if (field.groups) {
    for (const [label, choices] of Object.entries(field.groups)) list(add(node, "optgroup", { label }), choices);
  } else list(node, field.choices);
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
  say(); // a slider may stand right from the beginning, and then nothing is filled in
  const fill = (text) => {
    node.value = field.choices.indexOf(text);
    say();
  };
  return { node, fill, read: () => field.choices[node.valueAsNumber] };
}

// One bit of some values, to be flipped: every bit of the chosen one is a button, and the arrow keys go from bit to bit.
// Its text is the value's name and the bit's number: "digest 157"; none is "". It is drawn anew with what Python says.
function addBits(parent, field) {
  const node = add(parent, "div", { class: "totp-field", "data-field": field.name });
  const id = newId();
  add(node, "label", { for: id }, field.label);
  const list = add(node, "select", { id });
  for (const part of field.parts) add(list, "option", { value: part }, part);
  const grid = add(node, "div", { class: "totp-bits", role: "group" });
  let bits = {};
  let flipped = "";
  let buttons = [];

  function lay() {
    const part = list.value;
    const own = bits[part] ?? "";
    grid.setAttribute("aria-label", `The bits of the ${part}`);
    if (buttons.length !== own.length) {
      grid.replaceChildren();
      buttons = [...own].map((_, place) => {
        const button = add(place % 8 ? grid.lastChild : add(grid, "span"), "button", {
          type: "button",
          tabindex: place ? -1 : 0,
        });
        button.addEventListener("click", () => flip(place));
        return button;
      });
    }
    for (const [place, button] of buttons.entries()) {
      const turned = flipped === `${part} ${place}`;
      const value = turned ? 1 - own[place] : own[place];
      button.textContent = value;
      button.setAttribute("aria-pressed", turned);
      button.setAttribute(
        "aria-label",
        `byte ${Math.floor(place / 8)}, bit ${place % 8}: ${value}${turned ? ", flipped" : ""}`,
      );
    }
  }

  function flip(place) {
    const text = `${list.value} ${place}`;
    flipped = flipped === text ? "" : text;
    lay();
    node.dispatchEvent(new Event("input"));
  }

  list.addEventListener("input", (event) => {
    event.stopPropagation(); // another value's bits to look at: nothing to tell yet
    lay();
  });
  grid.addEventListener("keydown", (event) => {
    const here = buttons.indexOf(event.target);
    const line = buttons.filter(({ offsetTop }) => offsetTop === buttons[0].offsetTop).length;
    const far = { ArrowUp: here - line, ArrowDown: here + line, Home: 0, End: buttons.length - 1 };
    const next = buttons[{ ArrowLeft: here - 1, ArrowRight: here + 1, ...far }[event.key]];
    if (!next) return;
    event.preventDefault();
    buttons[here].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  const fill = (text) => {
    flipped = text;
    lay();
  };
  const draw = (said) => {
    bits = said.bits;
    lay();
  };
  return { node, fill, draw, read: () => flipped };
}

export const valued = (node) => ({ node, read: () => node.value, fill: (text) => (node.value = text) });

export const readAll = (inputs) =>
  Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.read()]));

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
