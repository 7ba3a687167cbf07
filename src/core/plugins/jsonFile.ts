/** Small files of our own in the home: read whole, replaced whole. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { z } from "zod";
import { messageOf, OrchestratorError } from "../errors.ts";

/** The file's content, or `otherwise` when there is none or it is not what it should be. */
export async function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  otherwise: z.infer<Schema>,
): Promise<z.infer<Schema>> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return otherwise;
  try {
    const checked = schema.safeParse(JSON.parse(text));
    return checked.success ? checked.data : otherwise;
  } catch {
    return otherwise;
  }
}

/** Writes beside it and renames, so that no reader ever sees half of it. @throws OrchestratorError `home.notWritable` */
export async function writeJson(path: string, content: unknown): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600, flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new OrchestratorError(
      "home.notWritable",
      { home: dirname(path), detail: messageOf(error) },
      { cause: error },
    );
  }
}
