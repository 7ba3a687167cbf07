import { test } from "vitest";
import { expectLivesRestored } from "./randomLives.ts";

// A thousand lives wait for the disk some ten thousand times.
test("snapshots of random lives of a folder restore it byte for byte (2 of 4)", { timeout: 240_000 }, async () => {
  await expectLivesRestored(250, 2);
});
