/** A goal whose agents change, create and delete files of a small project: what snapshots of it show is known. */
import { planOf, step } from "./goalScenarios.ts";
import { say, useTool } from "./modelServerReplies.ts";
import { byAgent, type Script } from "./modelServerScripts.ts";

const code = step("code");
const notes = step("notes");

export const RELEASE_GOAL = "Prepare release 2.0";

export const RELEASE_FILES = {
  "README.md": "# Tide tables\n\nComputes tide tables.\n",
  "src/tides.ts": "export function height(hours: number): number {\n  return Math.cos(hours / 12.42);\n}\n",
  "src/units.ts": "export const metre = 1;\n",
  ".env": "TOKEN=1\n",
};

export const NEW_TIDES =
  "/** Height in metres. */\nexport function height(hours: number): number {\n  return Math.cos((2 * Math.PI * hours) / 12.42);\n}\n";

/** The first step rewrites one file and adds another, the second writes the notes. */
export function releaseScript(): Script {
  return byAgent({
    planner: [
      planOf(
        { ...code, title: "Correct the tides", agentType: "coder" },
        {
          ...notes,
          title: "Write the notes",
          agentType: "writer",
          dependsOn: ["code"],
          outputFile: "RELEASE-NOTES.md",
        },
      ),
    ],
    steps: {
      [code.description]: [
        [useTool("read", { file_path: "src/tides.ts" })],
        [useTool("write", { file_path: "src/tides.ts", content: NEW_TIDES })],
        [useTool("write", { file_path: "src/stations.ts", content: 'export const stations = ["Brest", "Dover"];\n' })],
        say("The tides are right now."),
      ],
      [notes.description]: [say("# Version 2.0\n\n- The height of a tide is right.\n- Stations have names.\n")],
    },
  });
}
