// servers.mjs - real servers of Debian's on a free port, from a configuration in a temporary folder, and what
// they logged. Each answers any request with 200 and a short body, and logs how long the request or its body was:
// bodies of different lengths make that number the name of a request.
//
//   kinds                      {name: kind}; kind.absent(): why it cannot be had here, or null
//   startReal(t, kind, ask)    ask: {tls: {cert, key}, requestsEach, idleMs}
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { IS_ROOT, PATH, canConnect, findFreePort, temporaryFolder, until } from "../e2e/support.mjs";

const MODULES = "/usr/lib/apache2/modules";
export const ANSWER = "Hello, World!";
/** How long a connection may rest where a test does not say; longer than any test. */
const REST_MS = 60_000;

/** Is this program on the PATH, or in the folders where Debian keeps servers? */
function hasCommand(name) {
    return PATH.split(":").some((folder) => fs.existsSync(path.join(folder, name)));
}

const absentCommand = (name, pkg) => () => (hasCommand(name) ? null : `${name} is not here (Debian's ${pkg})`);

/** Lines of a log as objects: what `pattern` captures, as numbers. */
function readLines(file, pattern, names) {
    if (!fs.existsSync(file))
        return [];
    return fs.readFileSync(file, "latin1").split("\n").map((line) => pattern.exec(line)).filter(Boolean)
        .map((found) => Object.fromEntries(names.map((name, i) => [name, Number(found[i + 1])])));
}

const seconds = (ms) => Math.max(Math.ceil(ms / 1000), 1);

/** nginx passes requests on to itself, since it reads no body that nobody asks for. */
function nginx({ folder, port, tls, requestsEach = 1_000_000_000, idleMs = REST_MS }) {
    const pidFile = `${folder}/nginx.pid`;
    const conf = `daemon off; master_process on; worker_processes 1; pid ${pidFile}; error_log stderr;
${IS_ROOT ? "user root;" : ""}
events { worker_connections 1000; }
http {
  log_format tare 'served $request_length $status $bytes_sent $connection_requests';
  access_log off; default_type text/plain;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  upstream own { server unix:${folder}/own.sock; keepalive 64; }
  server { listen unix:${folder}/own.sock; location / { return 200 "${ANSWER}"; } }
  server { listen 127.0.0.1:${port}${tls ? " ssl" : ""};
    ${tls ? `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};` : ""}
    access_log ${folder}/access.log tare; keepalive_requests ${requestsEach}; keepalive_timeout ${idleMs}ms;
    location / { proxy_pass http://own; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;
    return {
        files: { "nginx.conf": conf }, command: "nginx",
        args: ["-e", "stderr", "-p", folder, "-c", `${folder}/nginx.conf`],
        reloadSignal: "SIGHUP", stopSignal: "SIGTERM",
        log: () => readLines(`${folder}/access.log`, /^served (\d+) (\d+) (\d+)/, ["received", "status", "sent"]),
    };
}

function apache({ folder, port, tls, requestsEach = 0, idleMs = REST_MS }) {
    const conf = `ServerRoot ${folder}
LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so
LoadModule authz_core_module ${MODULES}/mod_authz_core.so
LoadModule dir_module ${MODULES}/mod_dir.so
${tls ? `LoadModule socache_shmcb_module ${MODULES}/mod_socache_shmcb.so\nLoadModule ssl_module ${MODULES}/mod_ssl.so` : ""}
${IS_ROOT ? "User nobody\nGroup nogroup" : ""}
ServerName 127.0.0.1
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Listen 127.0.0.1:${port}
StartServers 1
ServerLimit 2
ThreadsPerChild 32
MaxRequestWorkers 64
KeepAlive On
MaxKeepAliveRequests ${requestsEach}
KeepAliveTimeout ${idleMs}ms
ErrorLog ${folder}/error.log
LogFormat "served %{Content-Length}i %>s %O" tare
CustomLog ${folder}/access.log tare
DocumentRoot ${folder}/www
DirectoryIndex index.txt
${tls ? `SSLEngine on\nSSLCertificateFile ${tls.cert}\nSSLCertificateKeyFile ${tls.key}\nSSLSessionCache shmcb:${folder}/ssl(65536)` : ""}
`;
    return {
        files: { "apache.conf": conf }, command: "apache2", args: ["-D", "FOREGROUND", "-f", `${folder}/apache.conf`],
        reloadSignal: "SIGUSR1", stopSignal: "SIGTERM",
        log: () => readLines(`${folder}/access.log`, /^served (\d+) (\d+) (\d+)/, ["body", "status", "sent"]),
        countsWire: tls !== undefined, // mod_logio counts what goes over the wire, handshakes too
    };
}

/** haproxy answers by itself, and logs to its standard output; its counts of bytes are of its own
 *  form of messages. */
function haproxy({ folder, port, tls, idleMs = REST_MS }) {
    const conf = `global
  log stdout format raw local0
  stats socket ${folder}/haproxy.sock level admin expose-fd listeners
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-request 60s
  timeout http-keep-alive ${idleMs}ms
  option http-buffer-request
  option dontlognull
frontend tare
  bind 127.0.0.1:${port}${tls ? ` ssl crt ${folder}/haproxy.pem` : ""}
  log global
  http-request capture req.body_len len 16
  log-format "served %[capture.req.hdr(0)] %ST"
  http-request return status 200 content-type text/plain string "${ANSWER}"
`;
    return {
        files: { "haproxy.conf": conf, ...(tls ? { "haproxy.pem": fs.readFileSync(tls.cert, "utf8") +
            fs.readFileSync(tls.key, "utf8") } : {}) },
        command: "haproxy", args: ["-W", "-db", "-f", `${folder}/haproxy.conf`],
        reloadSignal: "SIGUSR2", stopSignal: "SIGTERM", logsToOutput: true,
        log: () => readLines(`${folder}/output.log`, /served (\d+) (\d+)/, ["body", "status"]),
    };
}

/** lighttpd passes requests on to itself: it ends a connection whose request's body nobody read. */
function lighttpd({ folder, port, tls, requestsEach = 1_000_000_000, idleMs = REST_MS }) {
    const conf = `server.modules = ("mod_accesslog", "mod_proxy"${tls ? ', "mod_openssl"' : ""})
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${folder}/www"
server.errorlog = "${folder}/error.log"
server.pid-file = "${folder}/lighttpd.pid"
server.upload-dirs = ("${folder}")
index-file.names = ("index.txt")
mimetype.assign = (".txt" => "text/plain")
server.max-keep-alive-requests = ${Math.min(requestsEach, 30_000)}
server.max-keep-alive-idle = ${seconds(idleMs)}
accesslog.filename = "${folder}/access.log"
accesslog.format = "served %{Content-Length}i %s %O"
$SERVER["socket"] == "${folder}/own.sock" { accesslog.format = "own" }
$SERVER["socket"] == "127.0.0.1:${port}" {
  proxy.server = ("" => (("host" => "${folder}/own.sock")))
  ${tls ? `ssl.engine = "enable"\n  ssl.pemfile = "${tls.cert}"\n  ssl.privkey = "${tls.key}"` : ""}
}
`;
    return {
        files: { "lighttpd.conf": conf }, command: "lighttpd", args: ["-D", "-f", `${folder}/lighttpd.conf`],
        reloadSignal: "SIGUSR1", stopSignal: "SIGTERM", flushSignal: "SIGHUP", // which opens its logs anew
        log: () => readLines(`${folder}/access.log`, /^served (\d+) (\d+) (\d+)/, ["body", "status", "sent"]),
    };
}

/** caddy logs a request's fields; of bytes, only those of bodies that it reads. */
function caddy({ folder, port, tls, idleMs = REST_MS }) {
    const conf = `{
  admin unix/${folder}/admin.sock
  auto_https off
  storage file_system ${folder}
  servers {
    timeouts {
      idle ${idleMs}ms
    }
  }
}
${tls ? "https" : "http"}://127.0.0.1:${port} {
  bind 127.0.0.1
  ${tls ? `tls ${tls.cert} ${tls.key}` : ""}
  log {
    output file ${folder}/access.log
    format json
  }
  respond "${ANSWER}" 200
}
`;
    return {
        files: { Caddyfile: conf }, command: "caddy",
        args: ["run", "--config", `${folder}/Caddyfile`, "--adapter", "caddyfile"],
        reload: ["caddy", ["reload", "--config", `${folder}/Caddyfile`, "--adapter", "caddyfile", "--force",
            "--address", `unix/${folder}/admin.sock`]],
        stopSignal: "SIGTERM", env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
        log: () => (!fs.existsSync(`${folder}/access.log`) ? [] : fs.readFileSync(`${folder}/access.log`, "utf8").split("\n")
            .filter((line) => line.includes('"http.log.access')).map((line) => JSON.parse(line))
            .map((one) => ({ body: Number(one.request.headers["Content-Length"]), status: one.status }))),
    };
}

/** Node's own server, as a program of its own (node_server.mjs). */
function node({ folder, port, tls, requestsEach = 0, idleMs = REST_MS }) {
    const script = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_server.mjs");
    return {
        files: {}, command: process.execPath,
        args: [script, JSON.stringify({ port, tls, requestsEach, idleMs, log: `${folder}/access.log`, answer: ANSWER })],
        stopSignal: "SIGTERM",
        log: () => readLines(`${folder}/access.log`, /^served (\d+) (\d+)/, ["body", "status"]),
    };
}

/** hasLimit: it can be told how many requests a connection may carry. canReload: its port stays open meanwhile. */
export const kinds = {
    nginx: { make: nginx, hasLimit: true, canReload: true, absent: absentCommand("nginx", "nginx") },
    apache2: { make: apache, hasLimit: true, canReload: true, absent: absentCommand("apache2", "apache2-bin") },
    haproxy: { make: haproxy, hasLimit: false, canReload: true, absent: absentCommand("haproxy", "haproxy") },
    lighttpd: { make: lighttpd, hasLimit: true, canReload: false, absent: absentCommand("lighttpd", "lighttpd") },
    caddy: { make: caddy, hasLimit: false, canReload: true, absent: absentCommand("caddy", "caddy") },
    node: { make: node, hasLimit: true, canReload: false, absent: () => null },
};

/** Starts the program of a configuration; resolves when its port takes connections. */
async function launch(t, setup, folder, port) {
    const output = fs.openSync(`${folder}/output.log`, "a");
    const child = spawn(setup.command, setup.args,
        { env: { ...process.env, PATH, ...setup.env }, stdio: ["ignore", output, output] });
    fs.closeSync(output);
    let isGone = false;
    const ended = new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", () => { isGone = true; resolve(); });
    });
    t.after(async () => {
        child.kill("SIGKILL");
        await ended;
    });
    await until(`${setup.command} to listen`, async () => isGone || canConnect(port), 20_000);
    return { child, ended, hasFailed: isGone };
}

/** Starts a server of one kind. Returns {url, port, folder, log(), reload(), stop(), restart()}; log() gives an
 *  object for each request in the order of the log: {received | body, status, sent}. stop() waits until all is
 *  logged that will be. */
export async function startReal(t, kind, ask = {}) {
    const folder = temporaryFolder(t);
    fs.chmodSync(folder, 0o755);
    fs.mkdirSync(`${folder}/www`);
    fs.writeFileSync(`${folder}/www/index.txt`, ANSWER);
    for (let attempt = 0; attempt < 5; attempt++) {
        const port = await findFreePort();
        const setup = kind.make({ folder, port, ...ask });
        for (const [name, text] of Object.entries(setup.files))
            fs.writeFileSync(path.join(folder, name), text);
        let running = await launch(t, setup, folder, port);
        const said = () => fs.readFileSync(`${folder}/output.log`, "utf8");
        if (running.hasFailed && /in use|cannot bind|could not bind|can't bind/i.test(said()))
            continue;
        if (running.hasFailed)
            throw new Error(`${setup.command} did not start: ${said()}`);
        const stop = async () => {
            running.child.kill(setup.stopSignal);
            await running.ended;
        };
        return {
            port, folder, url: `${ask.tls ? "https" : "http"}://127.0.0.1:${port}/`, setup, log: setup.log, stop,
            flush: () => setup.flushSignal && running.child.kill(setup.flushSignal),
            reload: () => (setup.reload ? run(...setup.reload, setup.env) : running.child.kill(setup.reloadSignal)),
            restart: async () => {
                await stop();
                running = await launch(t, setup, folder, port);
                if (running.hasFailed)
                    throw new Error(`${setup.command} did not start again: ${said()}`);
            },
        };
    }
    throw new Error("no port stayed free");
}

function run(command, args, env) {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { env: { ...process.env, PATH, ...env }, stdio: "ignore" });
        child.on("error", reject);
        child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ${args[0]}: exit ${code}`))));
    });
}
