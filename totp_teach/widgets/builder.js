// The URI builder: a form (see form_fields.js), its URI, the findings about it and its QR code.

import { add, keepKeys, NO_ANSWER, PLAIN } from "./dom.js";
import { addField, addFields, converse, fillIn, readAll, valued } from "./form_fields.js";

function render({ model, el }) {
  const root = add(el, "div", { class: "totp totp-form", role: "group", "aria-label": "URI builder" });
  const form = add(root, "div", { class: "totp-fields" });
  const inputs = addFields(form, model.get("form"), () => {
    python.tell({ fields: readAll(inputs) });
    showOwn();
  });
  const asUri = { name: "uri", label: "URI: change it, or paste another one" };
  const uri = addField(root, asUri, "textarea", { rows: 3, ...PLAIN });
  uri.addEventListener("input", () => python.tell({ uri: uri.value }));
  const row = add(root, "div", { class: "totp-row totp-result" });
  const square = add(row, "img", { class: "totp-square" });
  const note = add(row, "div", { class: "totp-note" });
  const status = add(row, "div", { role: "status", class: "totp-status" });

  function showOwn() {
    for (const { name, only } of model.get("form")) {
      inputs[name].node.parentElement.hidden = only != null && only !== inputs.type.read();
    }
  }

  let told = "";

  function show({ uri: text, fields, findings, summary, square: source, words }) {
    for (const [name, input] of Object.entries(inputs)) fillIn(input, fields[name]);
    fillIn(valued(uri), text);
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

  function showFinding(item, { severity, sentence, apps, fixed }) {
    add(item, "b", {}, severity);
    item.append(`: ${sentence}`);
    if (fixed != null) {
      const button = add(item, "button", { type: "button", "aria-label": `Fix: ${sentence}` }, "Fix");
      button.addEventListener("click", () => {
        uri.value = fixed;
        uri.focus(); // the button goes with its finding
        python.tell({ uri: fixed });
      });
    }
    if (!apps.length) return;
    const details = add(item, "details");
    add(details, "summary", {}, apps.length === 1 ? "What 1 app does" : `What ${apps.length} apps do`);
    for (const app of apps) add(details, "div", { class: "totp-caption" }, app);
  }

  const python = converse(model, show, () => (note.textContent = NO_ANSWER));
  keepKeys(root);
  return python.end;
}

export default { render };
