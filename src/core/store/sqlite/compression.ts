/** How content is compressed: zstd, on the threads Node has for such work. */
import { promisify } from "node:util";
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** Level 3 takes no longer than reading and hashing do; the higher ones cost more than they save. */
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 3 };
/** Node collects the result in chunks: of the usual 16 KB, collecting them costs half as much as compressing. */
const CHUNK_BYTES = 512 * 1024;
const SMALLEST_CHUNK_BYTES = 1024;

/** So little is compressed in less time than it takes to hand it to another thread. */
const LITTLE_BYTES = 64 * 1024;

const compressElsewhere = promisify(zstdCompress);

export async function compress(content: Uint8Array): Promise<Buffer> {
  if (content.length <= LITTLE_BYTES) return compressNow(content);
  return compressElsewhere(content, { params: LEVEL, chunkSize: chunkFor(content.length) });
}

/** Without letting go of this thread. */
export function compressNow(content: Uint8Array): Buffer {
  return zstdCompressSync(content, { params: LEVEL, chunkSize: chunkFor(content.length) });
}

/** Throws when it is not what was compressed, or longer than `size`. */
export function decompress(bytes: Uint8Array, size: number): Buffer {
  const limit = Math.max(1, size);
  return zstdDecompressSync(bytes, { maxOutputLength: limit, chunkSize: Math.max(SMALLEST_CHUNK_BYTES, limit) });
}

function chunkFor(size: number): number {
  return Math.min(CHUNK_BYTES, size + SMALLEST_CHUNK_BYTES);
}
