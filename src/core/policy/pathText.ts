/** What the text of a path alone forbids, before the disk is looked at. */

/** Longest path taken, in bytes; Linux' PATH_MAX. */
const MAXIMUM_PATH_BYTES = 4096;
/** Longest name of one file or folder, in bytes; NAME_MAX of the common file systems. */
const MAXIMUM_NAME_BYTES = 255;

/** Names Windows gives to devices in every folder, with any extension and padded with blanks. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$) *(?:[.:].*)?$/i;

/**
 * Why `text` cannot be a path on `platform`, in English for the model, or undefined when it can.
 *
 * Forms of one system that would be something else on another (network paths, drives, named streams) are
 * refused on every system: nobody who writes them means what this system would make of them.
 */
export function faultOfPathText(text: string, platform: NodeJS.Platform): string | undefined {
  if (text === "") return "the path is empty";
  if (text.includes("\0")) return "the path holds a NUL character";
  if (!text.isWellFormed()) return "the path is not well-formed Unicode";
  if (Buffer.byteLength(text) > MAXIMUM_PATH_BYTES) return `the path is longer than ${MAXIMUM_PATH_BYTES} bytes`;
  if (/^[\\/]{2}/.test(text)) return "network and device paths are not supported";
  const names = segmentsOf(text, platform);
  for (const name of names) {
    if (Buffer.byteLength(name) > MAXIMUM_NAME_BYTES)
      return `a name in the path is longer than ${MAXIMUM_NAME_BYTES} bytes`;
    if (/:\$[a-z_]+$/i.test(name)) return "named streams are not supported";
  }
  return platform === "win32" ? faultOnWindows(text, names) : faultElsewhere(text);
}

/** True for a name that Windows would take for a device: such a file is never created, on any system. */
export function isWindowsDevice(name: string): boolean {
  return WINDOWS_DEVICE.test(name);
}

/** The names between the separators of `platform`; an absolute path begins with an empty or drive segment. */
export function segmentsOf(path: string, platform: NodeJS.Platform): string[] {
  return path.split(platform === "win32" ? /[\\/]/ : "/");
}

function faultOnWindows(text: string, names: readonly string[]): string | undefined {
  if (/^[a-z]:(?![\\/])/i.test(text)) return "a drive without a full path is not supported";
  const drive = /^[a-z]:$/i.test(names[0] ?? "") ? 1 : 0;
  for (const name of names.slice(drive)) {
    if (name === "." || name === "..") continue;
    if (isWindowsDevice(name)) return `${name} is the name of a Windows device`;
    if (/[. ]$/.test(name)) return "a name that ends with a dot or a blank is not supported";
    if (/[<>:"|?*\u0000-\u001f]/.test(name)) return "the path holds a character Windows does not allow";
  }
  return undefined;
}

function faultElsewhere(text: string): string | undefined {
  return /^[a-z]:[\\/]/i.test(text) ? "a Windows path is not supported on this system" : undefined;
}
