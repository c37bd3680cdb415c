// certificates.mjs - an authority of a test's own, and what it issues, by openssl(1).
import fs from "node:fs";
import path from "node:path";
import { execute } from "./support.mjs";

async function openssl(folder, args) {
    const { code, stderr } = await execute("openssl", args, { cwd: folder });
    if (code !== 0)
        throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes an authority in a folder: {cert, issue(name, {names, days})}, where issue() returns the paths {cert, key}.
 *  days < 0: it expired an hour ago. */
export async function makeAuthority(folder) {
    const cert = path.join(folder, "authority.pem");
    await openssl(folder, ["req", "-x509", ...KEY, "-keyout", "authority.key", "-out", cert, "-days", "2",
        "-subj", "/CN=tare test authority"]);
    const issue = async (name, { names = "DNS:localhost,IP:127.0.0.1", days = 2 } = {}) => {
        const file = (ending) => path.join(folder, `${name}.${ending}`);
        fs.writeFileSync(file("cnf"), `[ca]\ndefault_ca=d\n[d]\ndatabase=${file("db")}\nnew_certs_dir=${folder}
rand_serial=yes\ndefault_md=sha256\npolicy=p\ndefault_days=2\n[p]\ncommonName=supplied
[e]\nsubjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
        fs.writeFileSync(file("db"), "");
        await openssl(folder, ["req", "-new", ...KEY, "-keyout", file("key"), "-out", file("csr"), "-subj", `/CN=${name}`]);
        const time = (ms) => new Date(Date.now() + ms).toISOString().replace(/[-:T]/g, "").replace(/\.\d+Z/, "Z");
        const day = 86_400_000;
        const [from, to] = days < 0 ? [days * day, -day / 24] : [-day / 24, days * day];
        await openssl(folder, ["ca", "-batch", "-notext", "-config", file("cnf"), "-extensions", "e", "-cert", cert,
            "-keyfile", "authority.key", "-in", file("csr"), "-out", file("pem"),
            "-startdate", time(from), "-enddate", time(to)]);
        return { cert: file("pem"), key: file("key") };
    };
    return { cert, issue };
}
