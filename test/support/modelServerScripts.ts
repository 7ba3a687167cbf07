/** Who answers what: scripts that route a request to the right list of turns. */
import { firstUserTextOf, isPlannerRequest, type RecordedRequest } from "./modelServerRequests.ts";
import type { Scripted } from "./modelServerReplies.ts";

/** A turn, or a function for one that depends on what the request holds. */
export type ScriptedTurn = Scripted | ((request: RecordedRequest) => Scripted | Promise<Scripted>);

/** Decides the answer to one valid request of `POST /v1/messages`. */
export type Script = (request: RecordedRequest) => Scripted | Promise<Scripted>;

/** Thrown when a script has no answer; the server notes a violation and answers 400, so that nobody retries. */
export class ScriptError extends Error {}

/** Answers one request after the other, whoever asks. A fault takes a place in the list like any other turn. */
export function inTurn(turns: readonly ScriptedTurn[]): Script {
  return successive("the script", turns);
}

/**
 * Answers by role. The planner is recognised by its tool `submit_plan`, a step's agent by a text that its first
 * user message holds: words of the description that no other step's task repeats are the safest key. When
 * several keys are there, the one that comes first in the message is the step's own; dependencies follow it.
 */
export function byAgent(roles: {
  readonly planner?: readonly ScriptedTurn[];
  readonly steps?: Readonly<Record<string, readonly ScriptedTurn[]>>;
}): Script {
  const planner = successive("the planner", roles.planner ?? []);
  const steps = new Map(Object.entries(roles.steps ?? {}).map(([key, turns]) => [key, successive(`"${key}"`, turns)]));
  return (request) => {
    if (isPlannerRequest(request)) return planner(request);
    const task = firstUserTextOf(request);
    const [own] = [...steps.keys()]
      .filter((key) => task.includes(key))
      .toSorted((left, right) => task.indexOf(left) - task.indexOf(right));
    const script = own === undefined ? undefined : steps.get(own);
    if (script === undefined) throw new ScriptError(`no step of the script matches the task: ${task.slice(0, 300)}`);
    return script(request);
  };
}

function successive(whose: string, turns: readonly ScriptedTurn[]): Script {
  let next = 0;
  return (request) => {
    const scripted = turns[next];
    if (scripted === undefined) throw new ScriptError(`${whose} has no turn ${next + 1}`);
    next += 1;
    return typeof scripted === "function" ? scripted(request) : scripted;
  };
}
