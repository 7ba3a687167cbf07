/** Lines of a compressed file, each with its bytes counted before it is held in memory. */
import { constants, open, type FileHandle } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { messageOf, OrchestratorError } from "../errors.ts";
import { GZIP_HEADER, type TransferLimits } from "./container.ts";

const MEGABYTE = 1024 * 1024;

/**
 * The lines without their line feeds. Rejects with `import.unreadable`, `import.notASession`, `import.incomplete`,
 * `import.changed` or `import.tooLarge`; what came before is not to be trusted then.
 */
export async function* readLines(file: string, limits: TransferLimits): AsyncGenerator<Buffer, void, void> {
  const handle = await openFile(file);
  try {
    const { size } = await handle.stat();
    await checkBeginning(handle, file);
    const source = handle.createReadStream({ start: 0, autoClose: false });
    const gunzip = createGunzip();
    source.on("error", (error) => gunzip.destroy(error));
    source.pipe(gunzip);
    try {
      yield* splitLines(gunzip, file, limits);
      // Zeros after the end are no error to zlib.
      if (gunzip.bytesWritten !== size) throw new OrchestratorError("import.changed", { path: file, line: 0 });
    } catch (error) {
      throw describe(error, file);
    } finally {
      source.destroy();
      gunzip.destroy();
    }
  } finally {
    await handle.close();
  }
}

async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  file: string,
  limits: TransferLimits,
): AsyncGenerator<Buffer, void, void> {
  let parts: Buffer[] = [];
  let length = 0;
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > limits.total) throw tooLarge(file, limits.total);
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      length = 0;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length > limits.line) throw tooLarge(file, limits.line);
    if (rest.length > 0) parts.push(rest);
  }
  // Every line ends with a line feed.
  if (length > 0) throw new OrchestratorError("import.incomplete", { path: file });
}

export function tooLarge(path: string, limit: number): OrchestratorError {
  return new OrchestratorError("import.tooLarge", { path, megabytes: Math.floor(limit / MEGABYTE) });
}

/** Only a regular file: a pipe or a device may have no end. */
async function openFile(file: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    // A pipe that nobody writes to would keep the opening waiting.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle?.close();
    throw new OrchestratorError("import.unreadable", { path: file, detail: messageOf(error) }, { cause: error });
  }
  await handle.close();
  throw new OrchestratorError("import.notASession", { path: file });
}

async function checkBeginning(handle: FileHandle, path: string): Promise<void> {
  const beginning = Buffer.alloc(GZIP_HEADER.length);
  const { bytesRead } = await handle.read(beginning, 0, beginning.length, 0);
  if (!beginning.subarray(0, bytesRead).equals(GZIP_HEADER)) {
    throw new OrchestratorError("import.notASession", { path });
  }
}

/** What zlib finds, in words of ours. */
function describe(error: unknown, path: string): OrchestratorError {
  if (error instanceof OrchestratorError) return error;
  switch ((error as NodeJS.ErrnoException).code) {
    case "Z_BUF_ERROR":
      return new OrchestratorError("import.incomplete", { path }, { cause: error });
    case "Z_DATA_ERROR":
    case "Z_NEED_DICT":
      return new OrchestratorError("import.changed", { path, line: 0 }, { cause: error });
    default:
      return new OrchestratorError("import.unreadable", { path, detail: messageOf(error) }, { cause: error });
  }
}
