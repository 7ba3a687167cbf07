import { describe, expect, it } from "vitest";
import { HostRecord } from "../../support/workbench/hostRecord.ts";
import { writeHostReport } from "../../support/workbench/hostReport.ts";

function recordOf(...lines: string[]): HostRecord {
  const record = new HostRecord();
  for (const line of lines) record.add(line);
  return record;
}

const planned = (count: number) => writeHostReport({ planned: count });
const passed = (title: string) => writeHostReport({ title, milliseconds: 1 });
const failed = (title: string) => writeHostReport({ title, milliseconds: 1, error: "Error: no\n    at here" });

describe("a run of tests inside an extension host", () => {
  it("has passed when every planned test has and VS Code ended with 0", () => {
    const run = recordOf(planned(2), "info: something else", `[main] ${passed("one")}`, passed("two")).end(0);
    expect(run.passed.map(({ title }) => title)).toEqual(["one", "two"]);
    expect(run.failed).toEqual([]);
  });

  it("has failed where a test has, with what the test said", () => {
    const run = recordOf(planned(2), passed("one"), failed("two")).end(1);
    expect(run.passed).toHaveLength(1);
    expect(run.failed).toEqual([{ title: "two", milliseconds: 1, error: "Error: no\n    at here" }]);
  });

  it.each([
    ["the extension host died between two tests", [planned(2), passed("one")], 0],
    ["there was no test", [planned(0)], 0],
    ["the tests did not even load", [], 1],
    ["VS Code ended with another code than 0", [planned(1), passed("one")], 7],
    ["it did not end", [planned(1), passed("one")], "did not end within 120 s"],
  ])("has failed as a whole when %s", (_what, lines, exit) => {
    const run = recordOf("error: the reason", ...lines).end(exit);
    expect(run.failed.map(({ title }) => title)).toEqual(["the run as a whole"]);
    expect(run.failed[0]?.error).toContain("error: the reason");
  });
});
