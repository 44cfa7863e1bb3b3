// Mozilla's HTTP Observatory, its own scanner and graders: `node observatory.mjs HOST:PORT/PATH [SET-COOKIE]`. With a cookie the scan is
// that of a browser which has signed in. Writes the score and each test's result as JSON. A program of its own, because Node reads
// NODE_EXTRA_CA_CERTS only when it starts.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = dirname(fileURLToPath(import.meta.resolve("@mdn/mdn-http-observatory")));
// The list of preloaded hosts, which no test's host is on; the package would fetch it from the internet.
const preloaded = join(source, "..", "conf", "hsts-preload.json");
if (!existsSync(preloaded)) {
  mkdirSync(dirname(preloaded), { recursive: true });
  writeFileSync(preloaded, "{}");
}
const { Session } = await import("@mdn/mdn-http-observatory/src/retriever/session.js");
const { scan } = await import("@mdn/mdn-http-observatory/src/scanner/index.js");

const [address, cookie] = process.argv.slice(2);
if (cookie) {
  Session.fromUrl = async (url, options) => {
    const session = new Session(url, options);
    session.jar.setCookieSync(cookie, `https://${url.host}/`);
    return session.init();
  };
}
const { scan: whole, tests } = await scan(address);
const results = Object.entries(tests).map(([name, test]) => [name, `${test.scoreModifier} ${test.result}`]);
console.log(JSON.stringify({ score: whole.score, grade: whole.grade, tests: Object.fromEntries(results) }));
