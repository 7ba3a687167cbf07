import { describe, expect, it } from "vitest";
import {
  coveringPermission,
  meaningOf,
  parsePermission,
  readPermissions,
  type Permission,
} from "../../../../src/core/plugins/permissions.ts";
import { fetchText, isInside } from "../../../../src/core/plugins/pluginFetch.ts";

describe("a permission", () => {
  it.each([
    ["files", "is no permission"],
    ["files:execute", "is no permission"],
    ["network", "must name a host"],
    ["network:*", "must name a host"],
    ["network:https://example.com", "must name a host"],
    ["network:example.com/path", "must name a host"],
    ["network:exa mple.com", "must name a host"],
    ["process", "must name a program"],
    ["process:/bin/sh", "must name a program"],
    ["process:git status", "must name a program"],
    ["agents:spawn:all", "must be agents:spawn"],
    ["events", "must name an event"],
    ["events:everything", "must name an event"],
    ["runtime:node", "is no permission"],
    ["__proto__", "is no permission"],
  ])("%s is refused with what would do", (text, words) => {
    expect(parsePermission(text)).toContain(words);
  });

  const covers = (granted: string, wish: Permission) =>
    coveringPermission(readPermissions([granted]), wish) === granted;

  it.each([
    ["files:read", { kind: "files:read", pattern: "a/b.txt" }, true],
    ["files:read:docs/**", { kind: "files:read", pattern: "docs/a/b.md" }, true],
    ["files:read:docs/**", { kind: "files:read", pattern: "docs2/a.md" }, false],
    ["files:read:docs/**", { kind: "files:read", pattern: "Docs/a.md" }, false],
    ["files:read:*.md", { kind: "files:read", pattern: "docs/a.md" }, false],
    ["files:read", { kind: "files:write", pattern: "a" }, false],
    ["network:example.com", { kind: "network", host: "example.com" }, true],
    ["network:Example.COM", { kind: "network", host: "example.com" }, true],
    ["network:example.com", { kind: "network", host: "example.com:8443" }, false],
    ["network:example.com:8443", { kind: "network", host: "example.com:8443" }, true],
    ["network:example.com", { kind: "network", host: "evil-example.com" }, false],
    ["network:*.example.com", { kind: "network", host: "api.example.com" }, true],
    ["network:*.example.com", { kind: "network", host: "example.com" }, false],
    ["network:*.example.com", { kind: "network", host: "evilexample.com" }, false],
    ["process:git", { kind: "process", program: "git" }, true],
    ["process:git", { kind: "process", program: "/tmp/git" }, false],
    ["events:*", { kind: "events", type: "text_chunk" }, true],
    ["events:workflow_completed", { kind: "events", type: "text_chunk" }, false],
  ] as const)("%s for %j: %s", (granted, wish, expected) => {
    expect(covers(granted, wish)).toBe(expected);
  });

  it("has a meaning for people, the rights of the user too", () => {
    expect(meaningOf("runtime:node").code).toBe("permission.node");
    expect(meaningOf("files:write:a/**")).toEqual({ code: "permission.filesWrite", params: { pattern: "a/**" } });
  });
});

describe("a request", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
  ])("of a public name is not led to %s", (address) => expect(isInside(address)).toBe(true));

  it.each(["1.1.1.1", "172.32.0.1", "2606:4700::1111", "no address"])("may go to %s", (address) =>
    expect(isInside(address)).toBe(false),
  );

  it("carries no password, and asks before anything is sent", async () => {
    const asked: string[] = [];
    const allows = (host: string): void => {
      asked.push(host);
      throw new Error("not granted");
    };
    const signal = new AbortController().signal;
    await expect(fetchText({ url: "https://me:secret@example.com/" }, allows, signal)).rejects.toThrow("password");
    await expect(fetchText({ url: "https://EXAMPLE.com:443/x" }, allows, signal)).rejects.toThrow("not granted");
    expect(asked).toEqual(["example.com"]);
  });
});
