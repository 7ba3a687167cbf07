/** The plan and the texts the preview's scenarios are made of. */
import type { Plan } from "../../../src/core/events/event.ts";

export const GOAL =
  "Document this project for new contributors: how it is built, how requests travel through it, and what to know before the first change.";

export const PLAN: Plan = {
  summary: "Read the sources in three parts, then write one document from what was found and check it.",
  steps: [
    {
      id: "survey",
      title: "Survey the repository",
      description: "List the packages, their entry points and how they depend on each other.",
      agentType: "researcher",
      dependsOn: [],
    },
    {
      id: "requests",
      title: "Follow a request through the server",
      description:
        "From the HTTP handler to the database and back. Name the files and the order in which they take part.",
      agentType: "analyst",
      dependsOn: ["survey"],
    },
    {
      id: "build",
      title: "Find out how it is built and tested",
      description: "Scripts, tools, continuous integration; what a contributor runs before a change is proposed.",
      agentType: "researcher",
      dependsOn: ["survey"],
    },
    {
      id: "conventions",
      title: "Collect the conventions the code follows",
      description: "Naming, errors, logging, tests. Only what the code itself shows.",
      agentType: "reviewer",
      dependsOn: ["survey"],
    },
    {
      id: "write",
      title: "Write the contributor guide",
      description: "One Markdown document for somebody who sees the project for the first time.",
      agentType: "writer",
      dependsOn: ["requests", "build", "conventions"],
      outputFile: "docs/contributing.md",
    },
    {
      id: "check",
      title: "Check the guide against the code",
      description: "Every path and command in the guide must exist and do what the guide says.",
      agentType: "reviewer",
      dependsOn: ["write"],
    },
  ],
};

export const SURVEY_TEXT = `The repository holds three packages:

- **server**: HTTP handlers, session store, background jobs
- **client**: the browser application
- **shared**: types and validation used by both

The server starts in \`server/src/main.ts\`, which reads the configuration, opens the database and registers the routes.`;

export const REQUEST_TEXT = `## From the router to the database

A request enters in \`server/src/http/router.ts\`. The router looks the path up in a table that is built once at start, so the order of registration does not matter.

Before a handler runs, three things happen in this order:

1. The session cookie is verified and the user loaded (\`http/session.ts\`).
2. The body is parsed and checked against the schema the route names (\`http/body.ts\`).
3. The rate limiter counts the request (\`http/limits.ts\`).

\`\`\`ts
const user = await sessions.userOf(request.cookies.session);
\`\`\`

Handlers **never** touch the database themselves; see [the notes](https://example.org/notes). They call a service, and the service works in one transaction that the router opened and will commit when the handler returns. `;

export const BUILD_TEXT = `The build is one esbuild script, scripts/build.mjs. It writes three bundles and copies the static files.

Tests run with vitest in two projects: unit tests in memory, and integration tests against a database that is started in a temporary folder. `;

export const CONVENTIONS_TEXT = `Errors that a caller can act on are classes in shared/src/errors.ts; everything else is thrown as it comes and becomes a 500 at the edge. `;

export const GUIDE_SUMMARY = `The guide is in docs/contributing.md (about 1,900 words, six sections).

It explains how the three packages fit together, follows one request from the router to the database, and lists the commands a contributor runs before proposing a change. Every path and command in it was checked against the code; two that had changed since were corrected.

What a newcomer should know first: handlers never touch the database themselves, because the router opens and commits the transaction.`;
