import { expect, test } from "vitest";
import { StderrLogger } from "../../../src/cli/stderrLogger.ts";
import { capturedConsole } from "./captured.ts";

test("warnings and errors always, the rest when asked for, each on one line", () => {
  const { console, stdout, stderr } = capturedConsole((text) => text.replaceAll("sk-secret", "•••"));
  let verbose = false;
  const logger = new StderrLogger(console, () => verbose);
  const write = (): void => {
    logger.debug("looking", { count: 3 });
    logger.info("found");
    logger.warn("two\nlines", {});
    logger.error("failed", { error: new Error("key sk-secret"), size: 10n });
  };
  write();
  expect(stderr.text).toBe('warning: two lines\nerror: failed {"error":"key •••","size":"10"}\n');
  verbose = true;
  stderr.text = "";
  write();
  expect(stderr.text).toContain('debug: looking {"count":3}\ninfo: found\n');
  expect(stdout.text).toBe("");
});

test("data that cannot be written does not lose the message", () => {
  const { console, stderr } = capturedConsole();
  const data: Record<string, unknown> = {};
  data["self"] = data;
  new StderrLogger(console, () => true).warn("a circle", data);
  expect(stderr.text).toBe("warning: a circle {…}\n");
});
