// node_server.mjs - Node's own HTTP server as a program: answers everything, and logs each request's body length.
import fs from "node:fs";
import http from "node:http";
import https from "node:https";

const { port, tls, requestsEach, idleMs, log, answer } = JSON.parse(process.argv[2]);
const file = fs.openSync(log, "a");

const onRequest = (request, response) => {
    let bytes = 0;
    request.on("data", (piece) => { bytes += piece.length; });
    request.on("end", () => {
        response.end(answer);
        fs.writeSync(file, `served ${bytes} ${response.statusCode}\n`);
    });
};

const server = tls
    ? https.createServer({ cert: fs.readFileSync(tls.cert), key: fs.readFileSync(tls.key) }, onRequest)
    : http.createServer(onRequest);
server.keepAliveTimeout = idleMs;
server.maxRequestsPerSocket = requestsEach;
server.listen(port, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
