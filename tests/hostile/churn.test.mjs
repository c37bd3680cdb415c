// churn.test.mjs - churn.mjs for some seconds; tests/bench/churn.mjs takes minutes.
import test from "node:test";
import { churn } from "./churn.mjs";

test("a server that kills a connection every millisecond: every request has its end, and nothing leaks", async (t) => {
    t.diagnostic(await churn(t, 5));
});
