/** What a plugin's process may send, checked line by line: nothing else reaches the host. */
import { z } from "zod";

const id = z.number().int().nonnegative();
const error = z.object({ message: z.string() });

export const fromGuestSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("described"), metadata: z.unknown(), executes: z.boolean() }),
  z.object({ type: z.literal("unloadable"), detail: z.string() }),
  z.object({ type: z.literal("result"), id, value: z.unknown().optional(), error: error.optional() }),
  z.object({
    type: z.literal("request"),
    id,
    scope: z.string().optional(),
    method: z.string(),
    params: z.unknown().optional(),
  }),
  z.object({ type: z.literal("log"), level: z.enum(["debug", "info", "warn", "error"]), text: z.string() }),
  z.object({ type: z.literal("ended"), reason: z.enum(["cpu", "memory", "internal"]), detail: z.string() }),
]);

export type CheckedMessage = z.infer<typeof fromGuestSchema>;
