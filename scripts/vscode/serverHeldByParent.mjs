/**
 * Runs VS Code's server (the first argument, a path) inside this process, for as long as the process
 * that started it lives. That one holds the other end of standard input, and however it ends, the pipe
 * closes; then the server and everything it started are told to end.
 *
 * It also answers the one request that this server leaves to whoever embeds it: for the half of the key
 * with which a browser seals the secrets of extensions. Without it they are forgotten at every reload.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";

const GRACE_MS = 2_000;
/** In the working directory, which holds all data of this server. */
const KEY_FILE = "secret-key-half";
const KEY_BYTES = 32;

process.stdin.resume();
process.stdin.on("error", endGroup);
process.stdin.on("close", endGroup);

if (!existsSync(KEY_FILE)) writeFileSync(KEY_FILE, randomBytes(KEY_BYTES), { mode: 0o600 });
const keyHalf = readFileSync(KEY_FILE);
const createServer = http.createServer;
http.createServer = /** @type {typeof http.createServer} */ (
  (/** @type {http.RequestListener} */ listener) =>
    createServer((request, response) => {
      if (request.method === "POST" && request.url === "/mint-key") response.end(keyHalf);
      else listener(request, response);
    })
);
syncBuiltinESMExports();

const [serverMain = ""] = process.argv.splice(2, 1);
process.argv[1] = serverMain;
await import(pathToFileURL(serverMain).href);

function endGroup() {
  setTimeout(() => process.kill(-process.pid, "SIGKILL"), GRACE_MS);
  process.kill(-process.pid, "SIGTERM");
}
