import { describe, expect, it } from "vitest";
import { entryPointsOf } from "../../../../../src/core/model/demo/entryPoints.ts";

describe("entryPointsOf", () => {
  it("reads package.json", () => {
    const manifest = {
      name: "demo",
      main: "./dist/index.js",
      bin: { "demo-cli": "cli.js" },
      exports: { ".": "./dist/index.js", "./plugin": "./plugin.js" },
      scripts: { build: "x", test: "y" },
    };
    expect(entryPointsOf("a/package.json", JSON.stringify(manifest))).toEqual([
      "name `demo`",
      "main `./dist/index.js`",
      "bin `demo-cli` → `cli.js`",
      "exports `.`, `./plugin`",
      "scripts `build`, `test`",
    ]);
    expect(entryPointsOf("package.json", '{"bin":"cli.js"}')).toEqual(["bin `cli.js`"]);
  });

  it("says when a manifest cannot be read", () => {
    expect(entryPointsOf("package.json", "{ nope")).toEqual(["it is not valid JSON"]);
    expect(entryPointsOf("package.json", "[]")).toEqual(["it is not a JSON object"]);
    expect(entryPointsOf("package.json", "{}")).toEqual([]);
  });

  it("reads pyproject.toml, Cargo.toml and go.mod", () => {
    expect(
      entryPointsOf("pyproject.toml", '[project]\nname = "tool"\n[project.scripts]\ntool = "tool.cli:main"\n'),
    ).toEqual(["name `tool`", "scripts `tool` → `tool.cli:main`"]);
    expect(entryPointsOf("pyproject.toml", "[tool.poetry]\nname = 'old'\n")).toEqual(["name `old`"]);
    expect(
      entryPointsOf("Cargo.toml", '[package]\nname = "crab"\n[lib]\n[[bin]]\nname = "crab-cli"\npath = "src/x.rs"\n'),
    ).toEqual(["name `crab`", "bin `crab-cli`", "a library"]);
    expect(entryPointsOf("go.mod", "module example.com/m\n\ngo 1.24\n")).toEqual(["module `example.com/m`"]);
  });

  it("lists the targets of a Makefile once each, without variables and special targets", () => {
    const makefile = ".PHONY: all\nCC := gcc\nall: build\nbuild: a.o\n\tcc\nbuild: b.o\nx::\n%.o: %.c\n";
    expect(entryPointsOf("Makefile", makefile)).toEqual(["targets `all`, `build`"]);
  });

  it("shortens long lists", () => {
    const scripts = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`s${index}`, ""]));
    expect(entryPointsOf("package.json", JSON.stringify({ scripts }))[0]).toMatch(/`s14` and 5 more$/);
  });
});
