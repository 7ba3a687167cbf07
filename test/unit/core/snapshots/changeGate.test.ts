import fc from "fast-check";
import { expect, test } from "vitest";
import { ChangeGate } from "../../../../src/core/snapshots/changeGate.ts";

test("lets any number write at a time, or one look, and everybody gets in", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
      async (scheduler, looks) => {
        const gate = new ChangeGate();
        let [writing, looking] = [0, 0];
        const check = (): void => expect(looking === 0 || (looking === 1 && writing === 0)).toBe(true);
        const work = looks.map(async (isLook) => {
          await scheduler.schedule(Promise.resolve(), "arrives");
          if (isLook) {
            await gate.look(async () => {
              looking += 1;
              check();
              await scheduler.schedule(Promise.resolve(), "looks");
              looking -= 1;
            });
          } else {
            using _ = await gate.write();
            writing += 1;
            check();
            await scheduler.schedule(Promise.resolve(), "writes");
            writing -= 1;
          }
        });
        await scheduler.waitFor(Promise.all(work));
      },
    ),
  );
});

test("who comes after a look that waits does not go before it", async () => {
  const gate = new ChangeGate();
  const first = await gate.write();
  const order: string[] = [];
  const look = gate.look(async () => void order.push("look"));
  const second = gate.write().then((writing) => {
    order.push("write");
    writing[Symbol.dispose]();
  });
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await Promise.all([look, second]);
  expect(order).toEqual(["look", "write"]);
});

test("a look that fails lets the next in", async () => {
  const gate = new ChangeGate();
  await expect(gate.look(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  using _ = await gate.write();
});
