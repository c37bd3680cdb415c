// real.test.mjs - servers that people run, as Debian packs them: what they log and what tare recorded agree,
// request by request, with connections that end by count, by rest, by a reload and by a restart.
import test from "node:test";
import { connectionsEndByCount, connectionsEndByRest, eachIsLogged, reloads, restarts, testEach } from "./cases.mjs";
import { kinds } from "./servers.mjs";

testEach("each request is logged once, with its status and its bytes", eachIsLogged);
testEach("connections end after so many requests", connectionsEndByCount, (kind) => kind.hasLimit);
testEach("reloads under load", reloads, (kind) => kind.canReload);
testEach("a restart under load", restarts);

/** They rest at the same time. */
test("connections that rested too long are replaced before they are used", { concurrency: 8 }, (t) =>
    Promise.all(Object.entries(kinds).map(([name, kind]) =>
        t.test(name, { skip: kind.absent() ?? false }, (one) => connectionsEndByRest(one, kind)))));
