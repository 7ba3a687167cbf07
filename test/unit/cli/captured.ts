/** Streams that keep what is written to them. */
import { Writable } from "node:stream";
import { Console } from "../../../src/cli/console.ts";

export class CapturedStream extends Writable {
  text = "";
  columns = 80;
  rows = 24;
  isTTY = false;

  constructor() {
    super({
      write: (chunk: Buffer, _encoding, callback) => {
        this.take(chunk.toString("utf8"));
        callback();
      },
    });
  }

  protected take(text: string): void {
    this.text += text;
  }
}

export interface CapturedConsole {
  readonly console: Console;
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
}

export function capturedConsole(redact: (text: string) => string = (text) => text): CapturedConsole {
  const stdout = new CapturedStream();
  const stderr = new CapturedStream();
  return { console: new Console(stdout, stderr, redact), stdout, stderr };
}
