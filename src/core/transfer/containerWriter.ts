/** Writes a container line by line; the file appears under its name when it is whole. */
import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { access, link, open, rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { isOrchestratorError, messageOf, OrchestratorError } from "../errors.ts";
import { GZIP_HEADER, sha256, type TransferEnd, type TransferHeader } from "./container.ts";

/** One line: what it holds, and that as JSON. */
export interface TransferRecord {
  readonly kind: "event" | "blob";
  readonly json: string;
}

/**
 * Resolves with the size of the file in bytes. Rejects with `export.exists`, `export.failed`, or with what the
 * records reject with; then there is no file.
 */
export async function writeContainer(
  file: string,
  header: TransferHeader,
  records: AsyncIterable<TransferRecord>,
): Promise<number> {
  if (await exists(file)) throw new OrchestratorError("export.exists", { path: file });
  const draft = `${file}.${randomUUID()}.part`;
  try {
    const sink = createWriteStream(draft, { flags: "wx", mode: 0o600 });
    await pipeline(Readable.from(linesOf(header, records)), createGzip(), sink);
    await finish(draft);
    await putInPlace(draft, file);
    return (await stat(file)).size;
  } catch (error) {
    if (isOrchestratorError(error)) throw error;
    throw new OrchestratorError("export.failed", { path: file, detail: messageOf(error) }, { cause: error });
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

async function* linesOf(header: TransferHeader, records: AsyncIterable<TransferRecord>): AsyncGenerator<string> {
  const whole = createHash("sha256");
  const end: { -readonly [Key in keyof TransferEnd]: TransferEnd[Key] } = { events: 0, blobs: header.blobs };
  const line = (text: string): string => {
    whole.update(`${text}\n`);
    return `${text}\n`;
  };
  yield line(JSON.stringify(header));
  for await (const { kind, json } of records) {
    if (kind === "event") end.events += 1;
    yield line(`{"sha256":"${sha256(json)}","${kind}":${json}}`);
  }
  yield `{"sha256":"${whole.digest("hex")}","end":${JSON.stringify(end)}}\n`;
}

/** Takes what zlib says of this machine out of the beginning, and waits until all of it is on the disk. */
async function finish(draft: string): Promise<void> {
  const handle = await open(draft, "r+");
  try {
    await handle.write(GZIP_HEADER, 0, GZIP_HEADER.length, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A link fails where a file is, a renaming would replace it; not every file system has links. */
async function putInPlace(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || (await exists(file))) {
      throw new OrchestratorError("export.exists", { path: file }, { cause: error });
    }
    await rename(draft, file);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
