// failing.mjs - a node:test file that must fail, so that the runner is seen to notice.
import test from "node:test";
import assert from "node:assert/strict";

test("the canary sings", () => assert.equal(1, 1));
test("the canary dies", () => assert.equal(1, 2));
