import fc from "fast-check";
import { expect, test } from "vitest";
import { say, useTool } from "../../support/modelServerReplies.ts";
import { encodeTurn } from "../../support/modelServerWire.ts";
import { asReply, type Scripted } from "../../support/modelServerReplies.ts";

function encode(scripted: Scripted) {
  const reply = asReply(scripted);
  if (reply.reply !== "turn") throw new Error("expected a turn");
  return encodeTurn(reply, { messageId: "msg_1", model: "m", requestCharacters: 0, newToolUseId: () => "toolu_1" });
}

function joinedDeltas(scripted: Scripted, field: string): string {
  return encode(scripted)
    .events.map((event) => (event.data["delta"] as Record<string, unknown> | undefined)?.[field])
    .filter((piece) => piece !== undefined)
    .join("");
}

test("the pieces of any text are the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(joinedDeltas(say(text), "text")).toBe(text);
    }),
  );
});

test("the pieces of any input are its JSON, never cut inside a character", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ unit: "grapheme" })), (input) => {
      const pieces = encode(useTool("read", input)).events.map((event) => (event.data["delta"] as { partial_json?: string } | undefined)?.partial_json ?? "");
      expect(JSON.parse(pieces.join(""))).toEqual(input);
      expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    }),
  );
});
