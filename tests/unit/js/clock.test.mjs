import assert from "node:assert/strict";
import test from "node:test";

globalThis.document = { addEventListener: () => {} }; // a page, as far as the clock looks at it
const { clock, clockTime, thousands } = await import("../../../totp_teach/widgets/clock.js");

test("every view is told each full second, at once when it joins, and no more when it has left", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 59_400 });
  const seen = [];
  const view = (seconds) => seen.push(seconds);
  clock.join(view);
  assert.deepEqual(seen, [59]);
  context.mock.timers.tick(599);
  assert.deepEqual(seen, [59]);
  context.mock.timers.tick(1);
  assert.deepEqual(seen, [59, 60]);
  context.mock.timers.tick(1000);
  assert.deepEqual(seen, [59, 60, 61]);
  clock.leave(view);
  context.mock.timers.tick(5000);
  assert.deepEqual(seen, [59, 60, 61]);
});

test("numbers and times as they stand on the page", () => {
  assert.equal(thousands(37037037), "37\u00a0037\u00a0037");
  assert.equal(thousands(999), "999");
  assert.equal(clockTime(1_111_111_111), "01:58:31");
});
