// The first answer to each question of the page: whether it was right, by the question's id.

import { shared } from "./dom.js";

export const given = shared("given", startGiven);

function startGiven() {
  const first = new Map();
  const views = new Set();
  return {
    first,
    answer(id, right) {
      if (first.has(id)) return;
      first.set(id, right);
      for (const view of views) view();
    },
    join: (view) => views.add(view),
    leave: (view) => views.delete(view),
  };
}

// How many of these questions were right at first, in words.
export function inWords(ids, first) {
  const open = ids.filter((id) => !first.has(id));
  const right = ids.filter((id) => first.get(id));
  const wrong = ids.filter((id) => first.get(id) === false);
  const words = [`${right.length} of ${ids.length} right at first.`];
  if (wrong.length) words.push(`Worth another look: ${wrong.join(", ")}.`);
  if (open.length) words.push(`Not answered yet: ${open.join(", ")}.`);
  return words.join(" ");
}
