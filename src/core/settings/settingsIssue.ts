/** Says of a rejected settings file which key is wrong and what would fit. */
import type { z } from "zod";
import { nearestName } from "../nearestName.ts";

type Issue = z.core.$ZodIssue;

/** One line naming each wrong key with what fits, at most three of them. */
export function describeIssues(issues: readonly Issue[], known: readonly string[]): string {
  const lines = issues.flatMap((issue) => describeIssue(issue, known));
  const shown = lines.slice(0, 3);
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`);
  return shown.join("; ");
}

function describeIssue(issue: Issue, known: readonly string[]): string[] {
  const place = issue.path.map(String).join(" > ");
  if (issue.code === "unrecognized_keys") {
    const top = issue.path.length === 0;
    return issue.keys.map((key) => {
      const name = top ? `"${key}"` : `"${key}" in ${place}`;
      const nearest = top ? nearestName(key, known) : undefined;
      return nearest === undefined ? `${name} is not known` : `${name} is not known; did you mean "${nearest}"?`;
    });
  }
  const fits = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  return [place === "" ? fits : `"${place}": ${fits}`];
}
