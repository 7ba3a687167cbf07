import { expect, it } from "vitest";
import { FileTaint } from "../../../../src/core/policy/taint.ts";

it("follows files that were written under taint to whoever reads them", () => {
  const taint = new FileTaint();
  taint.mark("notes/web.md", ["search_web"]);
  taint.mark("notes/web.md", ["fetch_web"]);
  taint.mark("other.md", []);
  expect(taint.of("notes/web.md")).toEqual(["fetch_web", "search_web"]);
  expect(taint.of("notes")).toEqual(["fetch_web", "search_web"]);
  expect(taint.of(".")).toEqual(["fetch_web", "search_web"]);
  expect(taint.of("notes/web.md.bak")).toEqual([]);
  expect(taint.of("note")).toEqual([]);
  expect(taint.of("other.md")).toEqual([]);
  expect(taint.all()).toEqual(["fetch_web", "search_web"]);
});

it("covers everything below a folder that was marked", () => {
  const taint = new FileTaint();
  taint.mark("app", ["fetch_web"]);
  expect(taint.of("app/src/a.ts")).toEqual(["fetch_web"]);
  expect(taint.of("lib/a.ts")).toEqual([]);
});
