/**
 * The model of every session of this benchmark, in a process of its own: four agents at the same time, each writes two
 * files and talks at the speed of a real model. Prints its URL and runs until its standard input ends.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Gate } from "../../test/support/gate.ts";
import { planOf, step } from "../../test/support/goalScenarios.ts";
import { startModelServer } from "../../test/support/modelServer.ts";
import { isPlannerRequest, toolResultsOf } from "../../test/support/modelServerRequests.ts";
import { asReply, say, stall, useTool, type Reply, type ScriptedBlock } from "../../test/support/modelServerReplies.ts";

const STEPS = ["one", "two", "three", "four"];
/** 60 pieces a second. */
const PIECE_MILLISECONDS = 16;
const WORDS = 150;
const FILES = 2;

const speed: Gate = { open: () => undefined, pass: () => sleep(PIECE_MILLISECONDS), reached: () => Promise.resolve() };
let files = 0;

const server = await startModelServer({
  script: (request) => {
    if (isPlannerRequest(request)) return planOf(...STEPS.map((id) => step(id)));
    const text = say(Array.from({ length: WORDS }, (_, word) => `word${word}`).join(" "));
    const isDone = toolResultsOf(request).length >= FILES;
    const file = { file_path: `file${++files}.txt`, content: "A line of text in a file.\n".repeat(40) };
    return paced(isDone ? [text] : [text, useTool("write", file)]);
  },
});
process.stdout.write(`${server.url}\n`);
for await (const _ of process.stdin);
await server.close();

function paced(blocks: readonly ScriptedBlock[]): Reply {
  const pieces = blocks.reduce((sum, block) => sum + (block.block === "text" ? block.pieces.length : 1), 0);
  let reply = asReply(blocks);
  for (let event = 2; event < pieces + 2; event++) reply = stall(event, speed, reply);
  return reply;
}
