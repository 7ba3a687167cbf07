/** Short ways to ask a scripted server with the real SDK. */
import Anthropic from "@anthropic-ai/sdk";
import { afterEach } from "vitest";
import { type ModelServer, type ModelServerOptions, startModelServer } from "../../support/modelServer.ts";
import { inTurn, type ScriptedTurn } from "../../support/modelServerScripts.ts";

export const HELLO = {
  model: "claude-sonnet-5-5",
  max_tokens: 100,
  messages: [{ role: "user" as const, content: "Hello" }],
};

const servers: ModelServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A server that is closed after the test. */
export async function start(options: ModelServerOptions): Promise<ModelServer> {
  const server = await startModelServer(options);
  servers.push(server);
  return server;
}

export function playing(...turns: ScriptedTurn[]): Promise<ModelServer> {
  return start({ script: inTurn(turns) });
}

export function clientOf(server: ModelServer, maxRetries = 0): Anthropic {
  return new Anthropic({ apiKey: "sk-test", baseURL: server.url, maxRetries, logLevel: "off" });
}

export function ask(server: ModelServer, more: object = {}, maxRetries = 0) {
  return clientOf(server, maxRetries).beta.messages.create({ ...HELLO, ...more, stream: false });
}

export function askStreaming(server: ModelServer) {
  return clientOf(server).beta.messages.stream(HELLO);
}
