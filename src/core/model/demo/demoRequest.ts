/** The part of a Messages request the demo model reads, checked at the door. */
import { z } from "zod";

const textBlock = z.looseObject({ type: z.literal("text"), text: z.string() });
const toolUseBlock = z.looseObject({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
});
const toolResultBlock = z.looseObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
  is_error: z.boolean().nullish(),
});
/** Kinds the demo has no use for: thinking, images, documents, results of the provider's own tools. */
const otherBlock = z.looseObject({
  type: z.string().refine((type) => !["text", "tool_use", "tool_result"].includes(type)),
});

const messageSchema = z.looseObject({
  role: z.enum(["user", "assistant", "system"]),
  content: z.union([z.string(), z.array(z.union([textBlock, toolUseBlock, toolResultBlock, otherBlock]))]),
});

const toolSchema = z.looseObject({
  type: z.string().nullish(),
  name: z.string().optional(),
  input_schema: z.looseObject({ properties: z.record(z.string(), z.unknown()).nullish() }).optional(),
});

const promptSchema = z.looseObject({
  model: z.string().min(1),
  system: z.union([z.string(), z.array(textBlock)]).optional(),
  messages: z.array(messageSchema).min(1),
  tools: z.array(toolSchema).nullish(),
  tool_choice: z.looseObject({ type: z.string(), name: z.string().optional() }).nullish(),
});

const requestSchema = promptSchema.extend({
  max_tokens: z.int().positive(),
  stream: z.boolean().nullish(),
});

/** What `/v1/messages/count_tokens` is given. */
export type DemoPrompt = z.infer<typeof promptSchema>;
/** What `/v1/messages` is given. */
export type DemoRequest = z.infer<typeof requestSchema>;
export type DemoTool = z.infer<typeof toolSchema>;

export class MalformedRequest extends Error {}

export function readPrompt(body: string): DemoPrompt {
  return read(promptSchema, body);
}

export function readRequest(body: string): DemoRequest {
  return read(requestSchema, body);
}

/** @throws MalformedRequest naming the first field that does not fit. */
function read<Shape>(schema: z.ZodType<Shape>, body: string): Shape {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new MalformedRequest("The request body is not valid JSON");
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new MalformedRequest(`${issue?.path.join(".") || "body"}: ${issue?.message ?? "invalid"}`);
}
