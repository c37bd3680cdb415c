// tls.test.mjs - the same servers over TLS, with a certificate of their own that is verified: what they log and what
// tare recorded agree, request by request.
import { makeAuthority } from "../e2e/certificates.mjs";
import { temporaryFolder } from "../e2e/support.mjs";
import { connectionsEndByCount, eachIsLogged, restarts, testEach } from "./cases.mjs";

/** Runs a case with a fresh authority, which tare trusts. */
const secured = (body) => async (t, kind) => {
    const authority = await makeAuthority(temporaryFolder(t));
    const tls = await authority.issue("server");
    await body(t, kind, { tls }, ["--cacert", authority.cert]);
};

testEach("each request is logged once, with its status and its bytes", secured(eachIsLogged));
testEach("connections end after so many requests", secured(connectionsEndByCount), (kind) => kind.hasLimit);
testEach("a restart under load", secured(restarts));
