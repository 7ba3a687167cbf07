import fc from "fast-check";
import { expect, test } from "vitest";
import { asReply, say, type Scripted, useTool } from "../../support/modelServerReplies.ts";
import { encodeTurn } from "../../support/modelServerWire.ts";

function encode(scripted: Scripted) {
  const reply = asReply(scripted);
  if (reply.reply !== "turn") throw new Error("expected a turn");
  return encodeTurn(reply, { messageId: "msg_1", model: "m", requestCharacters: 0, newToolUseId: () => "toolu_1" });
}

/** The pieces of a turn's only block, in order. */
function deltasOf(scripted: Scripted, field: "text" | "partial_json"): string[] {
  return encode(scripted).events.flatMap((event) => {
    const delta = event.data["delta"] as Partial<Record<string, string>> | undefined;
    return delta?.[field] ?? [];
  });
}

test("the pieces of any text are the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(deltasOf(say(text), "text").join("")).toBe(text);
    }),
  );
});

test("the pieces of any input are its JSON, never cut inside a character", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ unit: "grapheme" })), (input) => {
      const pieces = deltasOf(useTool("read", input), "partial_json");
      expect(JSON.parse(pieces.join(""))).toEqual(input);
      expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    }),
  );
});
