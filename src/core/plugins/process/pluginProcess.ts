/**
 * One plugin's process: reads what to run, runs it, and passes messages between it and the host over
 * descriptor 3. It ends when the host does.
 */
import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import type { FromGuest, LoadMessage, ToGuest } from "./guestMessages.ts";
import { watchHost } from "./hostWatch.ts";
import { createNodeRuntime } from "./nodeRuntime.ts";
import { prepareTypeScript } from "./pluginModules.ts";
import { Sandbox } from "./sandbox.ts";

const channel = new Socket({ fd: 3, readable: true, writable: true });
let receive: ((message: ToGuest) => void) | undefined;
/** What arrived while the plugin was still being loaded. */
const early: ToGuest[] = [];

channel.setEncoding("utf8");
let partial = "";
channel.on("data", (text: string) => {
  const lines = (partial + text).split("\n");
  partial = lines.pop() ?? "";
  for (const line of lines) take(JSON.parse(line) as LoadMessage | ToGuest);
});
channel.on("error", () => process.exit(0));
channel.on("close", () => process.exit(0));

function take(message: LoadMessage | ToGuest): void {
  if (message.type === "load") void load(message);
  else if (receive === undefined) early.push(message);
  else receive(message);
}

function send(line: string): void {
  channel.write(`${line}\n`);
}

async function load(message: LoadMessage): Promise<void> {
  if (message.runtime === "node") {
    await Promise.all([watchHost(), prepareTypeScript()]);
    const pluginModule = new URL("./plugin.js", import.meta.url).href;
    const guest = createNodeRuntime({
      load: message,
      pluginModule,
      send: (answer: FromGuest) => send(JSON.stringify(answer)),
    });
    begin((received) => guest.receive(received));
    await guest.load();
    return;
  }
  const text = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
  const sandbox = await Sandbox.create({
    load: message,
    bundles: {
      wasm: readFileSync(new URL("./quickjs.wasm", import.meta.url)),
      guest: () => text("./pluginGuest.js"),
      plugin: () => text("./plugin.js"),
      zod: () => text("./pluginZod.js"),
    },
    send,
    onEnded: (reason, detail) => end({ type: "ended", reason, detail }),
  });
  begin((received) => sandbox.receive(received));
  sandbox.load();
}

function begin(handler: (message: ToGuest) => void): void {
  receive = handler;
  for (const message of early.splice(0)) handler(message);
}

function end(message: FromGuest): void {
  receive = () => undefined;
  channel.end(`${JSON.stringify(message)}\n`, () => process.exit(70));
}
