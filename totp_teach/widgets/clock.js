// The page's clock, for what ticks by it.

import { shared } from "./dom.js";

export const thousands = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
export const clockTime = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);

// One timer for all codes of the page: they change in one task, before the page is drawn again. It wakes at each full
// second, so that a code changes at the boundary.
export const clock = shared("clock", startClock);

function startClock() {
  const views = new Set();
  let timeout;
  function tick() {
    clearTimeout(timeout);
    const now = Date.now();
    for (const view of views) view(Math.floor(now / 1000));
    if (views.size) timeout = setTimeout(tick, 1000 - (now % 1000));
  }
  document.addEventListener("visibilitychange", tick); // a hidden page is woken late, if at all
  return {
    join: (view) => tick(views.add(view)),
    leave: (view) => views.delete(view),
  };
}
