/**
 * Keeps what the compiler made of the program's code, so that the next start need not compile it again: an eighth
 * of what a start computes.
 */
import { readdirSync, rmSync, statSync } from "node:fs";
import nodeModule from "node:module";
import path from "node:path";

/** In the home. */
const FOLDER = "compiled";

/** `home` need not be there; then nothing is kept, and it is not made. What another version of the program kept goes. */
export function keepCompiledCode(home: string, version: string): void {
  if (!isOursAlone(home)) return;
  const folder = path.join(home, FOLDER);
  try {
    for (const name of readdirSync(folder)) {
      if (name !== version) rmSync(path.join(folder, name), { recursive: true, force: true });
    }
  } catch {
    // It is not there yet, or may not be changed; what must be writable is told by who needs it.
  }
  nodeModule.enableCompileCache(path.join(folder, version));
}

/** Compiled code is run as it is found, so nobody else may be able to put it there. */
function isOursAlone(home: string): boolean {
  const stat = statSync(home, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return false;
  const user = process.getuid?.();
  return user === undefined || (stat.uid === user && (stat.mode & 0o022) === 0);
}
