import { describe, expect, it } from "vitest";
import { EventBus } from "../../../../src/core/events/eventBus.ts";
import { EventType } from "../../../../src/core/events/eventType.ts";
import { eventSchema } from "../../../../src/core/events/event.ts";

const published = { type: EventType.AGENT_COMPLETED, source: "test", agentId: "researcher_1430" };

describe("EventBus", () => {
  it("delivers to subscribers of the type and of everything, and to nobody else", async () => {
    const bus = new EventBus();
    const seen: string[] = [];
    bus.subscribe(EventType.AGENT_COMPLETED, (event) => void seen.push(`type ${event.agentId}`));
    bus.subscribe("*", (event) => void seen.push(`all ${event.type}`));
    bus.subscribe(EventType.AGENT_ERROR, () => void seen.push("never"));
    await bus.publish(published);
    expect(seen).toEqual(["type researcher_1430", "all agent_completed"]);
  });

  it("waits for asynchronous handlers", async () => {
    const bus = new EventBus();
    let done = false;
    bus.subscribe("*", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      done = true;
    });
    await bus.publish(published);
    expect(done).toBe(true);
  });

  it("does not let one handler's failure reach another or the publisher", async () => {
    const problems: unknown[] = [];
    const bus = new EventBus((error) => problems.push(error));
    const seen: string[] = [];
    bus.subscribe("*", () => {
      throw new Error("sync");
    });
    bus.subscribe("*", () => Promise.reject(new Error("async")));
    bus.subscribe("*", () => void seen.push("fine"));
    await bus.publish(published);
    expect(seen).toEqual(["fine"]);
    expect(problems.map(String)).toEqual(["Error: sync", "Error: async"]);
  });

  it("stops delivering when the subscription is disposed", async () => {
    const bus = new EventBus();
    const seen: string[] = [];
    const subscription = bus.subscribe("*", (event) => void seen.push(event.type));
    subscription[Symbol.dispose]();
    await bus.publish(published);
    expect(seen).toEqual([]);
  });
});

describe("EventType", () => {
  it("names every kind of event exactly once", () => {
    const kinds = eventSchema.options.map((option) => option.shape.type.value).sort();
    expect(Object.values(EventType).sort()).toEqual(kinds);
  });
});
