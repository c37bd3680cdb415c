// churn.mjs - ten minutes of a server that kills a random connection every millisecond.
//
//   node tests/bench/churn.mjs        CHURN_SECONDS=600 by environment
import { churn } from "../hostile/churn.mjs";
import { withScope } from "./support.mjs";

await withScope(async (scope) => console.log(await churn(scope, Number(process.env.CHURN_SECONDS ?? 600))));
