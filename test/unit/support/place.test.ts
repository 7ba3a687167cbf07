import { describe, expect, it } from "vitest";
import { addressOf } from "../../support/workbench/place.ts";

const server = { url: "http://127.0.0.1:81", token: "secret" };
const parameters = (address: string) => Object.fromEntries(new URL(address).searchParams);

describe("the address of a window", () => {
  it("names what it has open", () => {
    expect(parameters(addressOf(server, { folder: "/a b/ü" }))).toEqual({ tkn: "secret", folder: "/a b/ü" });
    expect(parameters(addressOf(server, { workspaceFile: "/w.code-workspace" }))).toEqual({
      tkn: "secret",
      workspace: "/w.code-workspace",
    });
    expect(parameters(addressOf(server, "nothing"))).toEqual({ tkn: "secret", ew: "true" });
  });

  it("names the extension, the tests and their environment by the server they are on", () => {
    const address = addressOf(server, "nothing", {
      extensionFolder: "/extension",
      testsFile: "/tests.cjs",
      environment: { NAME: 'a "value"' },
    });
    expect(JSON.parse(parameters(address)["payload"] ?? "")).toEqual([
      ["extensionDevelopmentPath", "vscode-remote://127.0.0.1:81/extension"],
      ["extensionTestsPath", "vscode-remote://127.0.0.1:81/tests.cjs"],
      ["extensionEnvironment", '{"NAME":"a \\"value\\""}'],
    ]);
  });
});
