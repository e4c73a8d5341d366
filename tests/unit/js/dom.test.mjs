import assert from "node:assert/strict";
import test from "node:test";

import { patience, shared } from "../../../totp_teach/widgets/dom.js";

test("patience ends once, late, and not after an answer", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let late = 0;
  const waiting = patience(() => (late += 1), 3000);
  waiting.wait();
  context.mock.timers.tick(2999);
  waiting.wait(); // another question: the time begins anew
  context.mock.timers.tick(2999);
  assert.equal(late, 0);
  context.mock.timers.tick(1);
  assert.equal(late, 1);
  waiting.wait();
  waiting.stop();
  context.mock.timers.tick(9000);
  assert.equal(late, 1);
});

test("what a page shares is made once", () => {
  let made = 0;
  const make = () => {
    made += 1;
    return {};
  };
  assert.equal(shared("a test", make), shared("a test", make));
  assert.equal(made, 1);
});
