/**
 * What the process around the sandbox offers, taken out of the plugin's reach, and `URL`, which JavaScript
 * packages expect everywhere. Evaluated before every other module of the guest.
 */
interface Offered {
  hostSend?: (message: string) => void;
  hostTimer?: (id: number, milliseconds: number) => void;
  hostUrl?: (text: string, base: string) => string;
  URL?: unknown;
}

const globals = globalThis as unknown as Offered;
const { hostSend, hostTimer, hostUrl } = globals;
delete globals.hostSend;
delete globals.hostTimer;
delete globals.hostUrl;

export const host = { send: hostSend, startTimer: hostTimer };

/** A URL that can be read; changing one means making another. */
class ReadOnlyUrl {
  readonly href!: string;

  constructor(text: unknown, base: unknown = "") {
    const parts = hostUrl?.(String(text), String(base)) ?? "";
    if (parts === "") throw new TypeError("Invalid URL");
    Object.assign(this, JSON.parse(parts));
    Object.freeze(this);
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }
}

globals.URL = ReadOnlyUrl;
