import { EventEmitter } from "node:events";
import type { Keyboard } from "../../../src/cli/keyboardTurns.ts";

/** A terminal's keyboard; keys nobody reads are a failure. */
export class TestKeyboard extends EventEmitter implements Keyboard {
  readonly isTTY: boolean = true;
  raw = false;
  flowing = false;

  setRawMode(raw: boolean): this {
    this.raw = raw;
    return this;
  }

  resume(): this {
    this.flowing = true;
    return this;
  }

  pause(): this {
    this.flowing = false;
    return this;
  }

  press(keys: string): void {
    if (!this.raw || !this.flowing) throw new Error("nobody reads the keyboard");
    this.emit("data", Buffer.from(keys));
  }
}
