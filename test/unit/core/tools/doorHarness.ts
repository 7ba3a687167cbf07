/** A door with real tools on a real folder, a person the test plays, and a log the test reads. */
import type { EventDraft, EventKind } from "../../../../src/core/events/event.ts";
import { ApprovalService } from "../../../../src/core/policy/approvals.ts";
import { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import { PermissionPolicy } from "../../../../src/core/policy/permissionPolicy.ts";
import { SecretRedactor } from "../../../../src/core/policy/redaction.ts";
import { FileTaint } from "../../../../src/core/policy/taint.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
  Approver,
  Clock,
  Logger,
  WorkspaceFolder,
} from "../../../../src/core/ports.ts";
import { settingsSchema, type ApprovalRule, type Settings } from "../../../../src/core/settings/settings.ts";
import { createBuiltinTools } from "../../../../src/core/tools/builtinTools.ts";
import type { CallingAgent, CallResult } from "../../../../src/core/tools/callingAgent.ts";
import { FileLocks } from "../../../../src/core/tools/fileLocks.ts";
import type { AgentTool } from "../../../../src/core/tools/tool.ts";
import { ToolDoor } from "../../../../src/core/tools/toolDoor.ts";
import type { TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { RecordingKeeper } from "./recordingKeeper.ts";

/** Draft as a test compares it: without the identity that all share. */
type Recorded = Record<string, unknown> & { readonly type: EventKind };

export interface DoorOptions {
  readonly disk: TemporaryFolder;
  readonly clock: Clock;
  readonly rules?: readonly ApprovalRule[];
  readonly folders?: readonly WorkspaceFolder[];
  readonly secrets?: readonly string[];
  /** Tools beside the built-in ones. */
  readonly tools?: readonly AgentTool<never>[];
  /** Default: yes to everything. */
  readonly answer?: (request: ApprovalRequest) => ApprovalAnswer | Promise<ApprovalAnswer>;
}

export class DoorScene implements Approver, Logger {
  readonly door: ToolDoor;
  readonly guard: PathGuard;
  readonly keeper = new RecordingKeeper();
  readonly asked: ApprovalRequest[] = [];
  readonly errors: unknown[] = [];
  readonly #answer: (request: ApprovalRequest) => ApprovalAnswer | Promise<ApprovalAnswer>;

  constructor({ disk, clock, rules = [], folders, secrets = [], tools = [], answer }: DoorOptions) {
    this.#answer = answer ?? (() => ({ decision: "allow", by: "user" }));
    const values = settingsSchema.parse({ "approvals.rules": rules });
    const settings: Settings = { get: (name) => values[name] };
    const redactor = new SecretRedactor(secrets);
    const policy = new PermissionPolicy({ settings });
    const home = disk.join("home");
    this.guard = new PathGuard({ folders: folders ?? [{ name: "work", path: disk.join("work") }], home });
    const environment = { PATH: process.env["PATH"] };
    const locks = new FileLocks();
    const changes = this.keeper;
    const builtin = createBuiltinTools({ guard: this.guard, policy, redactor, clock, locks, environment, changes });
    this.door = new ToolDoor({
      sessionId: "session_1",
      tools: new Map([...builtin, ...tools.map((tool) => [tool.name, tool] as const)]),
      guard: this.guard,
      policy,
      approvals: new ApprovalService({ sessionId: "session_1", approver: this, clock, settings, onTimeout: "deny" }),
      redactor,
      fileTaint: new FileTaint(),
      changes,
      logger: this,
    });
  }

  agent(
    options: Partial<CallingAgent> & { readonly agentId?: string; readonly taintSources?: readonly string[] } = {},
  ) {
    return new SceneAgent(this.door, options);
  }

  async request(request: ApprovalRequest): Promise<ApprovalAnswer> {
    this.asked.push(request);
    return this.#answer(request);
  }

  debug(): void {}
  info(): void {}
  warn(): void {}
  error(_message: string, data?: Record<string, unknown>): void {
    this.errors.push(data);
  }
}

export class SceneAgent {
  readonly controller = new AbortController();
  readonly events: Recorded[] = [];
  readonly sources: Set<string>;
  readonly calling: CallingAgent;
  /** Runs while an event is being committed. */
  onEmit: (draft: EventDraft) => void | Promise<void> = () => undefined;
  readonly #door: ToolDoor;
  #calls = 0;

  constructor(
    door: ToolDoor,
    options: Partial<CallingAgent> & { readonly agentId?: string; readonly taintSources?: readonly string[] },
  ) {
    const { agentId = "coder_1", taintSources = [], ...rest } = options;
    this.#door = door;
    this.sources = new Set(taintSources);
    this.calling = {
      identity: { agentId, stepId: "build", attempt: 1 },
      signal: this.controller.signal,
      names: door.known,
      emit: async (draft) => {
        await this.onEmit(draft);
        const {
          source: _,
          agentId: __,
          stepId: ___,
          attempt: ____,
          ...fields
        } = draft as EventDraft & Record<string, unknown>;
        this.events.push(fields);
      },
      taint: () => [...this.sources],
      addTaint: (sources) => sources.forEach((source) => this.sources.add(source)),
      ...rest,
    };
  }

  call(name: string, input: unknown): Promise<CallResult> {
    return this.#door.call({ toolUseId: `toolu_${++this.#calls}`, name, input }, this.calling);
  }

  kinds(): EventKind[] {
    return this.events.map((event) => event.type);
  }

  last(type: EventKind): Recorded | undefined {
    return this.events.findLast((event) => event.type === type);
  }
}
