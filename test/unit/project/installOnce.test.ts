import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { installOnce } from "../../../scripts/vscode/installOnce.mjs";
import { createGate } from "../../support/gate.ts";
import { createTemporaryFolder } from "../../support/temporaryFolder.ts";

const writeTool = (text: string) => (folder: string) => writeFile(join(folder, "tool"), text);
const neverNeeded = () => Promise.reject(new Error("filled again"));

describe("a folder of the test cache", () => {
  it("is filled once for each stamp", async () => {
    await using cache = await createTemporaryFolder();
    const folder = cache.join("tool-1");
    await installOnce(folder, "tool 1", writeTool("first"));
    await installOnce(folder, "tool 1", neverNeeded);
    expect(await readFile(join(folder, "tool"), "utf8")).toBe("first");
    await installOnce(folder, "tool 1, other platform", writeTool("second"));
    expect(await readFile(join(folder, "tool"), "utf8")).toBe("second");
  });

  it("does not appear when filling it failed, and is filled the next time", async () => {
    await using cache = await createTemporaryFolder();
    const folder = cache.join("tool-1");
    const breakOff = async (partial: string) => {
      await writeFile(join(partial, "half"), "");
      throw new Error("no network");
    };
    await expect(installOnce(folder, "tool 1", breakOff)).rejects.toThrow("no network");
    expect(existsSync(folder)).toBe(false);
    await installOnce(folder, "tool 1", writeTool("whole"));
    expect((await cache.files()).filter((file) => file.startsWith("tool-1/"))).toEqual([
      "tool-1/.installed",
      "tool-1/tool",
    ]);
  });

  it("stays as it was while another version is filled in", async () => {
    await using cache = await createTemporaryFolder();
    const folder = cache.join("tool");
    await installOnce(folder, "old", writeTool("old"));
    const gate = createGate();
    const installing = installOnce(folder, "new", async (partial) => {
      await gate.pass();
      await writeFile(join(partial, "tool"), "new");
    });
    await gate.reached();
    expect(await readFile(join(folder, "tool"), "utf8")).toBe("old");
    gate.open();
    await installing;
    expect(await readFile(join(folder, "tool"), "utf8")).toBe("new");
  });

  it("is filled by one of two that want it at once", async () => {
    await using cache = await createTemporaryFolder();
    const folder = cache.join("tool-1");
    const gate = createGate();
    let filled = 0;
    const fill = async (partial: string) => {
      filled += 1;
      await gate.pass();
      await writeFile(join(partial, "tool"), "once");
    };
    const both = [installOnce(folder, "tool 1", fill), installOnce(folder, "tool 1", fill)];
    await gate.reached();
    gate.open();
    await Promise.all(both);
    expect(filled).toBe(1);
  });
});
