import { expect, test } from "vitest";
import { startOnTerminal } from "../../support/cliTerminal.ts";

const NODE = process.execPath;

test("a program sees a terminal of the given size, keys and resizes", async () => {
  const program = `
    console.log(process.stdin.isTTY, process.stdout.isTTY, process.stdout.columns + "x" + process.stdout.rows);
    process.stdout.on("resize", () => console.log("now " + process.stdout.columns + "x" + process.stdout.rows));
    process.stdin.on("data", (keys) => { console.log("got " + keys.toString().trim()); process.exit(7); });`;
  await using terminal = await startOnTerminal([NODE, "-e", program], { columns: 61, rows: 17 });
  await terminal.waitForScreen((text) => text.includes("true true 61x17"));
  await terminal.resize(33, 9);
  await terminal.waitForScreen((text) => text.includes("now 33x9"));
  terminal.type("yes\n");
  await terminal.waitForScreen((text) => text.includes("got yes"));
  expect(await terminal.exited).toBe(7);
});

test("Ctrl-C interrupts as a keyboard does", async () => {
  const program = `process.on("SIGINT", () => { console.log("interrupted"); process.exit(130); }); setInterval(() => {}, 1000); console.log("ready");`;
  await using terminal = await startOnTerminal([NODE, "-e", program]);
  await terminal.waitForScreen((text) => text.includes("ready"));
  terminal.type("\u0003");
  expect(await terminal.exited).toBe(130);
  expect(terminal.screen.text).toContain("interrupted");
});

test("disposing ends what runs on the terminal", async () => {
  let pid: number;
  {
    await using terminal = await startOnTerminal([
      NODE,
      "-e",
      "console.log(process.pid + '.'); setInterval(() => {}, 1000)",
    ]);
    await terminal.waitForScreen((text) => text.endsWith("."));
    pid = Number.parseInt(terminal.screen.text, 10);
    expect(isAlive(pid)).toBe(true);
  }
  expect(isAlive(pid)).toBe(false);
});

test("who waits for what never comes is told what was seen", async () => {
  await using terminal = await startOnTerminal([NODE, "-e", "console.log('only this')"]);
  await expect(terminal.waitForScreen((text) => text.includes("something else"))).rejects.toThrow(/only this/);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
