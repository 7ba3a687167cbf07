/** What a plugin may be allowed to do: how a permission is written, what it covers, what it means. */
import { EventType } from "../events/eventType.ts";
import type { Message } from "../messages.ts";
import { matchesPattern } from "../policy/globPattern.ts";

/** Not written by a plugin but asked for with `"runtime": "node"`: everything the user may do. */
export const NODE_RUNTIME = "runtime:node";

export type Permission =
  | { readonly kind: "files:read" | "files:write"; readonly pattern: string }
  | { readonly kind: "network"; readonly host: string }
  | { readonly kind: "process"; readonly program: string }
  | { readonly kind: "agents:spawn" }
  | { readonly kind: "events"; readonly type: string }
  | { readonly kind: "runtime:node" };

const EVENT_TYPES: ReadonlySet<string> = new Set(Object.values(EventType));
const HOST = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::\d{1,5})?$/i;
const PROGRAM = /^[A-Za-z0-9._+-]{1,64}$/;

/** A longer one could not be shown to the person who is asked. */
const MAXIMUM_CHARACTERS = 200;

/** What can do most harm first. */
const DANGER: readonly Permission["kind"][] = [
  NODE_RUNTIME,
  "process",
  "files:write",
  "network",
  "agents:spawn",
  "files:read",
  "events",
];

/** Why `text` is no permission, or the permission. */
export function parsePermission(text: string): Permission | string {
  if (text.length > MAXIMUM_CHARACTERS)
    return `${text.slice(0, 40)}… is longer than the ${MAXIMUM_CHARACTERS} characters a permission may have`;
  const [, head = "", argument] =
    /^(files:read|files:write|network|process|agents:spawn|events)(?::(.+))?$/s.exec(text) ?? [];
  switch (head) {
    case "files:read":
    case "files:write":
      return { kind: head, pattern: argument ?? "**" };
    case "network":
      return argument !== undefined && HOST.test(argument)
        ? { kind: head, host: argument.toLowerCase() }
        : `${text} must name a host, such as network:api.example.com`;
    case "process":
      return argument !== undefined && PROGRAM.test(argument)
        ? { kind: head, program: argument }
        : `${text} must name a program, such as process:git`;
    case "agents:spawn":
      return argument === undefined ? { kind: head } : `${text} must be agents:spawn`;
    case "events":
      return argument !== undefined && (argument === "*" || EVENT_TYPES.has(argument))
        ? { kind: head, type: argument }
        : `${text} must name an event, such as events:workflow_completed`;
    default:
      return `${text} is no permission; there are files:read, files:write, network:HOST, process:PROGRAM, agents:spawn and events:TYPE`;
  }
}

/** A permission as it would have to be written to cover a wish. */
export function permissionText(wish: Permission): string {
  switch (wish.kind) {
    case "files:read":
    case "files:write":
      return `${wish.kind}:${wish.pattern}`;
    case "network":
      return `network:${wish.host}`;
    case "process":
      return `process:${wish.program}`;
    case "events":
      return `events:${wish.type}`;
    default:
      return wish.kind;
  }
}

/** Permissions that were validated before. */
export function readPermissions(texts: readonly string[]): ReadonlyMap<string, Permission> {
  return new Map(
    texts.flatMap((text) => {
      if (text === NODE_RUNTIME) return [[text, { kind: NODE_RUNTIME }] as const];
      const permission = parsePermission(text);
      return typeof permission === "string" ? [] : [[text, permission] as const];
    }),
  );
}

/** The text of the first granted permission that covers a wish, or undefined. */
export function coveringPermission(granted: ReadonlyMap<string, Permission>, wish: Permission): string | undefined {
  for (const [text, permission] of granted) if (covers(permission, wish)) return text;
  return undefined;
}

function covers(permission: Permission, wish: Permission): boolean {
  switch (wish.kind) {
    case "files:read":
    case "files:write":
      return permission.kind === wish.kind && matchesPattern(wish.pattern, permission.pattern, false);
    case "network":
      return permission.kind === "network" && coversHost(permission.host, wish.host);
    case "process":
      return permission.kind === "process" && permission.program === wish.program;
    case "events":
      return permission.kind === "events" && (permission.type === "*" || permission.type === wish.type);
    default:
      return permission.kind === wish.kind;
  }
}

/** A permission without a port covers the usual ports only; `*.` stands for any names before the rest, not for none. */
function coversHost(granted: string, wanted: string): boolean {
  return granted.startsWith("*.")
    ? wanted.endsWith(granted.slice(1)) && wanted.length > granted.length - 1
    : granted === wanted;
}

/** In the order a person should read them: what can do most harm first. */
export function byDanger(permissions: readonly string[]): string[] {
  const known = readPermissions(permissions);
  const rank = (text: string): number => DANGER.indexOf(known.get(text)?.kind ?? NODE_RUNTIME);
  return permissions.toSorted((left, right) => rank(left) - rank(right));
}

/** What a permission means, for the person who grants it. */
export function meaningOf(text: string): Message {
  const permission = text === NODE_RUNTIME ? ({ kind: NODE_RUNTIME } as const) : parsePermission(text);
  if (typeof permission === "string") return { code: "internal", params: { detail: permission } };
  switch (permission.kind) {
    case "files:read":
      return { code: "permission.filesRead", params: { pattern: permission.pattern } };
    case "files:write":
      return { code: "permission.filesWrite", params: { pattern: permission.pattern } };
    case "network":
      return { code: "permission.network", params: { host: permission.host } };
    case "process":
      return { code: "permission.process", params: { program: permission.program } };
    case "agents:spawn":
      return { code: "permission.agents", params: {} };
    case "events":
      return { code: "permission.events", params: { type: permission.type } };
    case "runtime:node":
      return { code: "permission.node", params: {} };
  }
}
