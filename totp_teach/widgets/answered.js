// How many of a chapter's questions were right at first.

import { add } from "./dom.js";
import { given, inWords } from "./given.js";

function render({ model, el }) {
  const status = add(el, "div", { class: "totp", role: "status" });
  const show = () => {
    status.textContent = inWords(model.get("ids"), given.first);
  };
  given.join(show);
  show();
  return () => given.leave(show);
}

export default { render };
