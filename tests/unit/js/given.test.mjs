import assert from "node:assert/strict";
import test from "node:test";

import { given, inWords } from "../../../totp_teach/widgets/given.js";

test("only the first answer to a question counts, and every view is told", () => {
  let told = 0;
  const view = () => (told += 1);
  given.join(view);
  given.answer("02.1", false);
  given.answer("02.1", true);
  given.answer("02.2", true);
  given.leave(view);
  given.answer("02.3", true);
  assert.equal(told, 2);
  assert.deepEqual(
    [...given.first],
    [
      ["02.1", false],
      ["02.2", true],
      ["02.3", true],
    ],
  );
});

test("what was right at first, in words", () => {
  const first = new Map([
    ["a", true],
    ["b", false],
  ]);
  assert.equal(inWords(["a", "b", "c"], first), "1 of 3 right at first. Worth another look: b. Not answered yet: c.");
  assert.equal(inWords(["a"], first), "1 of 1 right at first.");
});
