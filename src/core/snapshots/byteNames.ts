/**
 * File names as they are on the disk: bytes, which need not be text.
 *
 * Inside, a name or path is a *byte string*: one character for each byte, so that it is exact, compares in
 * byte order and is the plain name wherever that is ASCII. Outside, in events and to people, it is *path
 * text*: UTF-8, with each byte that is none as a lone surrogate from U+DC80 to U+DCFF, as Python does it
 * (PEP 383). Both ways nothing is lost, and JSON can carry it.
 */

const NOT_ASCII = /[^\u0000-\u007f]/;
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Path text of a byte string. */
export function textOfBytes(bytes: string): string {
  if (!hasHighBytes(bytes)) return bytes;
  const buffer = Buffer.from(bytes, "latin1");
  return decode(buffer) ?? decodePiecewise(buffer);
}

/** The byte string of path text; undefined when it holds surrogates that stand for no byte. */
export function bytesOfText(text: string): string | undefined {
  if (!NOT_ASCII.test(text)) return text;
  if (text.isWellFormed()) return Buffer.from(text).toString("latin1");
  // With the flag `u` the halves of a pair are never matched alone.
  const parts = text.split(/([\u{DC80}-\u{DCFF}])/u);
  let bytes = "";
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) bytes += String.fromCharCode(part.charCodeAt(0) - 0xdc00);
    else if (part.isWellFormed()) bytes += Buffer.from(part).toString("latin1");
    else return undefined;
  }
  return bytes;
}

/** What `node:fs` takes for a byte string. */
export function fileSystemPath(bytes: string): string | Buffer {
  return hasHighBytes(bytes) ? Buffer.from(bytes, "latin1") : bytes;
}

function hasHighBytes(bytes: string): boolean {
  return /[\u0080-\u00ff]/.test(bytes);
}

function decode(buffer: Uint8Array): string | undefined {
  try {
    return STRICT.decode(buffer);
  } catch {
    return undefined;
  }
}

/** Takes the longest character that is valid at each place, and a single byte where none is. */
function decodePiecewise(buffer: Buffer): string {
  let text = "";
  for (let start = 0; start < buffer.length;) {
    let length = Math.min(4, buffer.length - start);
    let character: string | undefined;
    for (; length > 0 && character === undefined; length--) {
      const decoded = decode(buffer.subarray(start, start + length));
      if (decoded !== undefined && [...decoded].length === 1) character = decoded;
    }
    text += character ?? String.fromCharCode(0xdc00 + (buffer[start] ?? 0));
    start += character === undefined ? 1 : Buffer.byteLength(character);
  }
  return text;
}
