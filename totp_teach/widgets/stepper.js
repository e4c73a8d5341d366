// The stepper: a film strip. All frames are here from the beginning; stepping shows one and hides the others.

import { add, keepKeys } from "./dom.js";

const DWELL = 2400; // ms a frame at normal speed
const READING = 65; // ms a character: what is played faster than it can be read is not announced
const SPEEDS = [0.5, 1, 2, 4];
const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M10.6 2.6 12 4 8 8l4 4-1.4 1.4L5.2 8z",
  play: "M4 3v10l9-5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M5.4 2.6 4 4l4 4-4 4 1.4 1.4L10.8 8z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
};

function setIcon(button, icon, label) {
  button.replaceChildren();
  add(add(button, "svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }), "path", { d: ICONS[icon] });
  button.setAttribute("aria-label", label);
  button.title = label;
}

function render({ model, el }) {
  const captions = model.get("captions");
  const title = model.get("title");
  const last = captions.length - 1;

  const root = add(el, "div", { class: "totp totp-stepper", role: "group", "aria-label": title });
  add(root, "div", { class: "totp-name" }, title);
  const stage = add(root, "div", { class: "totp-stage" });
  const frames = model.get("frames").map((html) => {
    const frame = add(stage, "div", { class: "totp-frame" });
    frame.innerHTML = html; // drawn by `show`, which escapes what comes from outside
    return frame;
  });
  const caption = add(root, "div", { class: "totp-told", "aria-live": "polite" });
  const controls = add(root, "div", { class: "totp-controls" });

  let place = 0;
  let timeout = null; // while it plays

  const buttons = {};
  const button = (icon, label, act) => {
    buttons[icon] = add(controls, "button", { type: "button", class: "totp-icon" });
    setIcon(buttons[icon], icon, label);
    buttons[icon].addEventListener("click", act);
  };
  button("first", "First", () => stepTo(0));
  button("back", "Back", () => stepTo(place - 1));
  button("play", "Play", () => (timeout ? pause() : play()));
  button("next", "Next", () => stepTo(place + 1));
  button("last", "Last", () => stepTo(last));
  const range = { type: "range", min: 0, max: last, step: 1, "aria-label": `Step of ${title}` };
  const slider = add(controls, "input", range);
  const speedLabel = add(controls, "label", { class: "totp-speed" }, "Speed ");
  const speed = add(speedLabel, "select");
  for (const factor of SPEEDS) add(speed, "option", { value: factor }, `${factor}×`);
  speed.value = 1;

  function show(wanted) {
    place = Math.min(Math.max(wanted, 0), last);
    for (const [index, frame] of frames.entries()) frame.classList.toggle("totp-shown", index === place);
    const told = `${place + 1} of ${last + 1}: ${captions[place]}`;
    caption.textContent = told;
    slider.value = place;
    slider.setAttribute("aria-valuetext", told);
    root.dataset.frame = place;
    for (const [icon, end] of [
      ["first", 0],
      ["back", 0],
      ["next", last],
      ["last", last],
    ]) {
      buttons[icon].setAttribute("aria-disabled", place === end); // not `disabled`: that would lose the focus
    }
  }

  function stepTo(wanted) {
    pause();
    show(wanted);
  }

  function play() {
    if (place === last) show(0);
    setIcon(buttons.play, "pause", "Pause");
    wait();
  }

  function wait() {
    const dwell = DWELL / Number(speed.value);
    caption.setAttribute("aria-live", dwell < READING * captions[place].length ? "off" : "polite");
    timeout = setTimeout(() => {
      show(place + 1);
      if (place === last) pause();
      else wait();
    }, dwell);
  }

  function pause() {
    clearTimeout(timeout);
    timeout = null;
    caption.setAttribute("aria-live", "polite");
    setIcon(buttons.play, "play", "Play");
  }

  slider.addEventListener("input", () => stepTo(Number(slider.value)));
  root.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: last };
    const own = event.target === slider || event.target === speed; // a slider has these keys, a list has its own
    if (own || !(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    stepTo(steps[event.key]);
  });
  keepKeys(root);
  show(0);
  return () => clearTimeout(timeout);
}

export default { render };
