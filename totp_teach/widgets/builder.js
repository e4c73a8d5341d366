// The URI builder: a native form. What is typed goes to Python, which answers with URI, findings and QR code. (Its own
// and not ipywidgets' fields: in theirs the keys of a list or a file field reach JupyterLab, where "b" adds a cell.)

const PATIENCE = 3000; // ms, then it says that there is no answer
const NO_ANSWER = "No answer yet: the kernel is busy, or it has stopped. If it has, run the cell again.";

function add(parent, tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return parent.appendChild(node);
}

function render({ model, el }) {
  const root = add(el, "div", { class: "totp totp-form", role: "group", "aria-label": "URI builder" });
  const form = add(root, "div", { class: "totp-fields" });
  const id = `totp-${Math.random().toString(36).slice(2)}`;
  const plain = { autocomplete: "off", autocapitalize: "off", spellcheck: "false" };

  function addField(parent, name, label, tag, attributes) {
    const field = add(parent, "div", { class: "totp-field", "data-field": name });
    add(field, "label", { for: `${id}-${name}` }, label);
    return add(field, tag, { id: `${id}-${name}`, ...attributes });
  }

  const inputs = {};
  for (const { name, label, colour, choices } of model.get("form")) {
    const mode = ["digits", "period", "counter"].includes(name) ? "numeric" : "text";
    const text = { type: "text", inputmode: mode, ...plain };
    inputs[name] = choices.length ? addField(form, name, label, "select", {}) : addField(form, name, label, "input", text);
    inputs[name].style.borderBottomColor = colour;
    for (const choice of choices) add(inputs[name], "option", { value: choice }, choice);
    inputs[name].addEventListener("input", () => {
      tell({ fields: Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, input.value])) });
      showOwn();
    });
  }
  const uri = addField(root, "uri", "URI: change it, or paste another one", "textarea", { rows: 3, ...plain });
  uri.addEventListener("input", () => tell({ uri: uri.value }));
  const row = add(root, "div", { class: "totp-row totp-result" });
  const square = add(row, "img", { class: "totp-square" });
  const note = add(row, "div", { class: "totp-note" });
  const status = add(row, "div", { role: "status", class: "totp-status" });

  let number = 0; // of the edit
  let impatient;

  function tell(edit) {
    number += 1;
    model.set("edit", { number, ...edit });
    model.save_changes(); // while Python is at work only the last of these waits
    clearTimeout(impatient);
    impatient = setTimeout(() => (note.textContent = NO_ANSWER), PATIENCE);
  }

  function showOwn() {
    for (const { name, only } of model.get("form")) {
      inputs[name].parentElement.hidden = only !== null && only !== inputs.type.value;
    }
  }

  const fill = (input, text) => {
    if (input !== document.activeElement && input.value !== text) input.value = text; // not under the reader's hands
  };

  let told = "";

  function show() {
    clearTimeout(impatient);
    const { uri: text, fields, findings, summary, square: source, words } = model.get("said");
    for (const [name, input] of Object.entries(inputs)) fill(input, fields[name]);
    fill(uri, text);
    showOwn();
    const stale = findings.some((finding) => finding.severity === "error");
    root.dataset.stale = stale;
    square.hidden = !source;
    square.src = source;
    square.alt = source && words;
    note.textContent = source ? "" : words;
    if (JSON.stringify(findings) === told) return; // what has been said is not announced again
    told = JSON.stringify(findings);
    status.dataset.accepted = findings.length && !stale ? "" : !stale;
    status.replaceChildren();
    add(status, "div", {}, summary);
    const list = findings.length ? add(status, "ul", { class: "totp-findings" }) : null;
    for (const finding of findings) showFinding(add(list, "li"), finding);
  }

  function showFinding(item, { severity, sentence, apps, mended }) {
    add(item, "b", {}, severity);
    item.append(`: ${sentence}`);
    if (mended !== null) {
      const button = add(item, "button", { type: "button", "aria-label": `Mend: ${sentence}` }, "Mend");
      button.addEventListener("click", () => {
        uri.value = mended;
        uri.focus(); // the button goes with its finding
        tell({ uri: mended });
      });
    }
    if (!apps.length) return;
    const details = add(item, "details");
    add(details, "summary", {}, apps.length === 1 ? "What 1 app does" : `What ${apps.length} apps do`);
    for (const app of apps) add(details, "div", { class: "totp-caption" }, app);
  }

  // JupyterLab's shortcuts are single letters and digits; what is typed here is not for them.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  model.on("change:said", show);
  show();
  return () => {
    clearTimeout(impatient);
    model.off("change:said", show);
  };
}

export default { render };
