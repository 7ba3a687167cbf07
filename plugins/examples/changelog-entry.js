import { BasePlugin } from "ai-orchestrator/plugin";

const FILE = "CHANGELOG.md";

/** Adds a line to CHANGELOG.md whenever a goal was reached that changed files. */
export default class ChangelogEntry extends BasePlugin {
  metadata = {
    name: "changelog_entry",
    version: "1.0.0",
    description: "Adds an entry to CHANGELOG.md when a goal is reached.",
    permissions: ["events:session_created", "events:workflow_completed", `files:read:${FILE}`, `files:write:${FILE}`],
    agentTypes: [],
  };

  #goals = new Map();

  async initialize(_config, context) {
    context.onEvent("session_created", ({ sessionId, goal }) => {
      this.#goals.set(sessionId, goal);
    });
    context.onEvent("workflow_completed", async (event, { logger, workspace }) => {
      const goal = this.#goals.get(event.sessionId);
      this.#goals.delete(event.sessionId);
      if (event.outputs.length === 0) return;
      const [found] = await workspace.list(FILE);
      const before = found === undefined ? "# Changelog\n" : await workspace.read(FILE);
      const title = (goal ?? event.summary).split("\n")[0].slice(0, 100);
      const entry = `- ${event.timestamp.slice(0, 10)}: ${title} (${event.outputs.join(", ")})`;
      await workspace.write(FILE, withEntry(before, entry));
      logger.info(`added: ${entry}`);
    });
  }
}

/** The entry stands first, right below the title. */
function withEntry(text, entry) {
  const [title, ...rest] = text.split("\n");
  return [title, "", entry, ...rest.slice(rest[0] === "" ? 1 : 0)].join("\n");
}
