/**
 * The terminal's words for every message: what is wrong, then what to do next.
 *
 * Parameters come from files, models and servers; whoever prints the words makes control characters
 * visible (console.ts does).
 */
import type { ErrorInfo } from "../core/events/event.ts";
import { toOrchestratorError } from "../core/errors.ts";
import { wordsOf } from "../core/messages.ts";
import type { Catalogue, MessageCode } from "../core/messages.ts";

function filesOf(pattern: string): string {
  return pattern === "**" ? "all files of the workspace" : `the files ${pattern} of the workspace`;
}

/** The words, with the program called as a person must type it (`ai-orchestrator`, `npm start --`). */
export function catalogueFor(command: string): Catalogue {
  const list = `\`${command} --list\``;
  const keptVersions = (id: string, kept: string) =>
    `${kept === "" ? "No version of it holds any." : `These hold files: ${kept}.`} ${show(id)} lists all versions.`;
  const show = (id: string) => `\`${command} --show ${id}\``;
  return {
    "goal.empty": () =>
      'The goal is empty. Say in quotes what should be reached, such as "Write a README for this project".',
    "goal.tooLong": ({ length, limit }) =>
      `The goal has ${length} characters; at most ${limit} fit. Put the long part into a file of the folder and name that file in the goal.`,
    "prompt.tooLong": ({ length, limit }) =>
      `What you add has ${length} characters; at most ${limit} fit. Put the long part into a file of the folder and name that file.`,
    "newFolder.notEmpty": ({ path }) =>
      `The folder ${path} is not empty. Name one that is, or that does not exist yet, with --workspace DIR.`,
    "newFolder.incomplete": ({ path, count, file, detail }) =>
      `${count === 1 ? "A file" : `${count} files`} could not be put into ${path} (${file}: ${detail}), so it was taken away again. Check that the disk has space and what \`${command} --doctor\` says, or name another version.`,

    "workspace.missing": ({ path }) =>
      `The folder ${path} does not exist. Create it or name another with --workspace DIR.`,
    "workspace.notAFolder": ({ path }) =>
      `${path} is a file, not a folder. Name the folder the agents should work in with --workspace DIR.`,
    "workspace.notReadable": ({ path }) =>
      `The folder ${path} cannot be read. Change its permissions or name another with --workspace DIR.`,
    "workspace.notWritable": ({ path }) =>
      `Nothing can be written in the folder ${path}. Change its permissions or name another with --workspace DIR.`,
    "workspace.duplicate": ({ path }) => `The folder ${path} is given twice. Name each folder once.`,
    "workspace.insideHome": ({ path, home }) =>
      `The folder ${path} lies inside ${home}, where sessions are kept and no agent may work. Name another with --workspace DIR.`,
    "workspace.untrusted": ({ path, ignored }) =>
      `The folder ${path} is not trusted, so what it brings for agents is ignored: ${ignored}. Add --trust to use it.`,

    "home.insideWorkspace": ({ home, path }) =>
      `Sessions are kept in ${home}, which lies inside the folder ${path} where agents may write. Set AI_ORCHESTRATOR_HOME to a folder elsewhere, or name a smaller folder with --workspace DIR.`,
    "home.notWritable": ({ home, detail }) =>
      `Nothing can be written in ${home}, where sessions are kept (${detail}). Change its permissions or set AI_ORCHESTRATOR_HOME to another folder.`,
    "node.tooOld": ({ version, required }) =>
      `Node ${version} is too old; ${required} or newer is needed. Install it from https://nodejs.org.`,
    "store.newer": ({ path, found, supported }) =>
      `The session store ${path} was written by a newer version (format ${found}, this one reads up to ${supported}). Update AI Orchestrator, or set AI_ORCHESTRATOR_HOME to another folder.`,
    "store.busy": ({ path }) =>
      `The session store ${path} is kept busy by another process. Try again; if it stays so, end that process.`,
    "store.failed": ({ detail }) =>
      `The session store failed: ${detail}. Check that the disk has space and the folder can be written, then try again.`,

    "store.damaged": ({ path }) =>
      `The session store ${path} is damaged. What can be read of it is salvaged when it is opened next; \`${command} --doctor\` does it now.`,
    "store.replaced": ({ path }) =>
      `The session store ${path} was damaged and another process has replaced it by what could be salvaged. Start again.`,
    "store.salvaged": ({ path, sessions, events, incomplete }) =>
      `The session store was damaged. ${sessions} sessions with ${events} events could be salvaged${incomplete === "" ? "" : `, of these only in part: ${incomplete}`}. The damaged file is kept as ${path}.`,
    "store.backupFailed": ({ detail }) =>
      `The session store could not be backed up: ${detail}. Check that the disk has space.`,

    "blob.missing": ({ hash }) =>
      `Stored content is missing (${hash.slice(0, 12)}). What needs it cannot be shown or restored; everything else can. \`${command} --doctor\` tells what is concerned.`,
    "blob.corrupted": ({ hash }) =>
      `Stored content is damaged (${hash.slice(0, 12)}), so it is not used. What needs it cannot be shown or restored; everything else can. Check the disk; \`${command} --doctor\` tells what is concerned.`,

    "doctor.exposed": ({ path }) => `Others on this machine could read ${path}.`,
    "doctor.damaged": ({ detail }) =>
      `The session store is damaged (${detail}). Close every other program that uses it and run \`${command} --doctor\`.`,
    "doctor.schema": ({ detail }) => `In the session store ${detail}. It was changed by another program.`,
    "doctor.lease": ({ id, owner }) => `The session ${id} was held by ${owner}, which is gone.`,
    "doctor.leftovers": ({ count }) => `${count} imports had not ended; what they left is removed.`,
    "doctor.gap": ({ id, count, last }) =>
      `The session ${id} has ${count} events where ${last} belong. What is missing cannot be restored; \`${command} --delete ${id}\` removes the session.`,
    "doctor.event": ({ id, seq, detail }) => `Event ${seq} of the session ${id} cannot be understood (${detail}).`,
    "doctor.contents": ({ id, versions, missing, corrupted }) =>
      `Of the files that the session ${id} keeps, ${missing} are missing and ${corrupted} are damaged (${versions}). What is left can be restored.${corrupted > 0 ? " Check the disk." : ""}`,
    "doctor.derived": ({ id, rows }) => `Of the session ${id} this was not what its log says: ${rows}.`,

    "settings.invalid": ({ path, detail }) =>
      `The settings file ${path} cannot be used: ${detail}. Correct it and try again.`,

    "session.invalidId": ({ id }) =>
      `"${id}" cannot be a session id. Use letters, digits, _ and -, at most 64 of them; ${list} shows the ids there are.`,
    "session.exists": ({ id }) =>
      `The session ${id} exists already. Go on with it with \`${command} --resume ${id}\`, or choose another id with --session ID.`,
    "session.unknown": ({ id, nearest }) =>
      `There is no session ${id}. ${nearest === "" ? "" : `Did you mean ${nearest}? `}${list} shows all of them.`,
    "session.running": ({ id, owner }) =>
      `The session ${id} is being run by ${owner}. Wait until it ends or stop it with \`${command} --stop ${id}\`.`,
    "session.notRunning": ({ id, status }) =>
      status === "interrupted" || status === "failed"
        ? `The session ${id} is not running; it is ${status}. Go on with it with \`${command} --resume ${id}\`, look at it with ${show(id)}.`
        : `The session ${id} is not running; it is ${status}. Look at it with ${show(id)}.`,
    "session.paused": ({ id }) =>
      `The session ${id} is paused already. Let it go on with \`${command} --continue ${id}\`.`,
    "session.notPaused": ({ id }) => `The session ${id} is not paused, so there is nothing to continue.`,
    "session.noFolder": ({ id, names }) =>
      `The session ${id} is bound to no folder here. Name ${names.includes(", ") ? `its folders (${names}), each` : "one"} with --workspace DIR.`,
    "session.folderGone": ({ id, path, names }) =>
      `The folder ${path} of the session ${id} is not there any more. If it was moved or renamed, name ${names.includes(", ") ? `where its folders (${names}) are now, each` : "where it is now"} with --workspace DIR; the session belongs there from then on.`,
    "session.otherFolders": ({ id, count, names }) =>
      count === 1
        ? `The session ${id} works in one folder (${names}). Name one with --workspace DIR.`
        : `The session ${id} works in ${count} folders (${names}). Name one for each with --workspace DIR, in this order.`,
    "session.fenced": ({ id }) =>
      `Another process took over the session ${id}, so this one stopped. Look at it with ${show(id)}.`,
    "session.damaged": ({ id, seq }) =>
      `The session ${id} is not whole: its event ${seq} is missing. \`${command} --doctor\` tells more; an earlier version can still be used.`,
    "session.invalidState": ({ detail }) => `This cannot be the state of a session: ${detail}.`,
    "session.invalidTitle": ({ limit }) => `A title has 1 to ${limit} characters.`,
    "session.invalidTags": ({ most, limit }) => `A session has at most ${most} tags, each of 1 to ${limit} characters.`,
    "version.invalidLabel": ({ limit }) => `The name of a version has 1 to ${limit} characters.`,
    "version.unknown": ({ id, version, nearest }) =>
      `The session ${id} has no version ${version}. ${nearest === "" ? "" : `Did you mean ${nearest}? `}${show(id)} lists its versions.`,
    "snapshot.removed": ({ id, version, kept }) =>
      `The files of ${version} of the session ${id} are no longer kept. ${keptVersions(id, kept)}`,
    "snapshot.notCaptured": ({ id, version, kept }) =>
      `The version ${version} of the session ${id} holds no files. ${keptVersions(id, kept)}`,
    "snapshot.noSuchPath": ({ id, version, path }) =>
      `${path} is neither in ${version} of the session ${id} nor anything the session wrote. \`${command} --diff ${id} v1 ${version}\` lists files.`,
    "fork.running": ({ id, version, owner }) =>
      `The session ${id} is being run by ${owner}, so a fork cannot share its folder. Put the files of ${version} into a new one: \`${command} --fork ${id} ${version} --workspace DIR\`.`,
    "fork.complete": ({ id, version }) =>
      `At ${version} everything of the session ${id} is done, so a fork with the same goal has nothing to do. Give another goal, or an earlier version; ${show(id)} lists them.`,
    "cleanup.invalidDays": ({ days }) => `${days} is no number of days. Name one from 0 on, such as 7.`,
    "command.notPossible": ({ id, command: kind }) =>
      `The process that runs the session ${id} cannot do this (${kind}) at the moment. Try again when it has ended, or stop it with \`${command} --stop ${id}\`.`,
    "command.stale": ({ id }) =>
      `The session ${id} changed in the meantime, so nothing was done. Look at it with ${show(id)} and try again.`,
    "command.unanswered": ({ id, seconds }) =>
      `The process that runs the session ${id} did not answer within ${seconds} seconds. Look at it with ${show(id)} and try again.`,

    "export.exists": ({ path }) => `${path} is there already and is not overwritten. Name another file.`,
    "export.failed": ({ path, detail }) =>
      `The session could not be written to ${path}: ${detail}. Name another file, or make room for it.`,
    "export.invalidEvent": ({ id, seq, detail }) =>
      `The session ${id} cannot be exported: event ${seq} is not in order (${detail}). \`${command} --doctor\` tells more.`,
    "import.unreadable": ({ path, detail }) => `${path} cannot be read: ${detail}.`,
    "import.notASession": ({ path }) => `${path} is no exported session. \`${command} --export S FILE\` makes one.`,
    "import.newer": ({ path, found, supported }) =>
      `${path} was written by a newer version (format ${found}, this one reads up to ${supported}). Update AI Orchestrator.`,
    "import.incomplete": ({ path }) => `${path} ends too early; nothing was imported. Copy or export it again.`,
    "import.changed": ({ path, line }) =>
      `${path} was changed after it was written${line === 0 ? "" : ` (line ${line})`}; nothing was imported. Copy or export it again.`,
    "import.invalid": ({ path, line, detail }) =>
      `${path} holds something that is no session (line ${line}: ${detail}); nothing was imported.`,
    "import.unsafePath": ({ path, line, unsafe }) =>
      `${path} names a path that leads out of its folder (line ${line}: ${unsafe}); nothing was imported.`,
    "import.tooLarge": ({ path, megabytes }) =>
      `${path} is larger than any session (more than ${megabytes} MB in one place); nothing was imported.`,

    "model.noAccess": () =>
      "There is no model to use. Set ANTHROPIC_API_KEY, or try the built-in demo with --provider demo.",
    "model.noKey": ({ origin }) =>
      `There is no API key for ${origin}. Set ANTHROPIC_API_KEY; with ANTHROPIC_BASE_URL set, the key belongs to that server. --provider demo needs none.`,
    "model.keyRejected": ({ origin, status }) =>
      `${origin} refused the API key (status ${status}). Check ANTHROPIC_API_KEY and try again.`,
    "model.unknownProvider": ({ provider, known }) => `The provider ${provider} is not known. Use one of: ${known}.`,
    "model.invalidBaseUrl": ({ url }) =>
      `"${url}" is not the URL of a model server. Set ANTHROPIC_BASE_URL or baseUrl in config.json to something like http://localhost:8080.`,
    "model.unknownModel": ({ model, detail }) =>
      `The server does not know the model ${model} (${detail}). Name another with --model M.`,
    "model.unreachable": ({ origin, detail }) =>
      `The model server ${origin} cannot be reached (${detail}). Check the network and ANTHROPIC_BASE_URL, then try again.`,
    "model.rateLimited": ({ origin, detail }) =>
      `${origin} allows no more requests for now (${detail}). Wait a while, or run fewer agents at a time with --concurrency N.`,
    "model.overloaded": ({ origin, detail }) => `${origin} is overloaded (${detail}). Wait a while and try again.`,
    "model.serverError": ({ origin, status, detail }) =>
      `${origin} failed with status ${status} (${detail}). Try again later.`,
    "model.badRequest": ({ detail }) =>
      `The model server did not accept a request: ${detail}. Check that --model names a model that can use tools.`,
    "model.invalidResponse": ({ origin, detail }) =>
      `${origin} answered with something that is not the Messages API (${detail}). Check ANTHROPIC_BASE_URL.`,
    "model.streamBroken": ({ attempts, detail }) =>
      `The model's answer broke off ${attempts} times (${detail}). Check the network and try again.`,
    "model.refused": ({ detail }) =>
      `The model refused to go on${detail === "" ? "" : `: ${detail}`}. Put the goal differently and try again.`,
    "model.maxTokens": ({ limit }) =>
      `An answer was longer than ${limit} tokens. Raise maxOutputTokens in config.json or ask for smaller pieces.`,
    "model.contextFull": () =>
      "The conversation no longer fits into the model. Split the goal into smaller ones, or name a model with a larger context with --model M.",
    "model.demoUsed": () =>
      "No API key found: using the built-in demo model, which is not an AI. For a real one set ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL for a local server.",

    "agent.unknownType": ({ agentType, known }) => `There is no agent "${agentType}". Known agents: ${known}.`,
    "agent.unknown": ({ id, agent, known }) =>
      `No agent ${agent} worked in the session ${id}.${known === "" ? "" : ` Its agents: ${known}.`}`,
    "agent.notWorking": ({ id, agent, working }) =>
      agent === "" || working === ""
        ? `No agent of the session ${id} is at work right now, so nobody was told. Try again when one is.`
        : `No agent ${agent} of the session ${id} is at work. At work now: ${working}.`,
    "monitor.unknownAgent": ({ id, agent, known }) =>
      known === ""
        ? `The session ${id} had no agent ${agent}, nor any other. Resume it to let agents work.`
        : `The session ${id} had no agent ${agent}. Name one of its agents: ${known}.`,
    "dashboard.portTaken": ({ port }) =>
      `Port ${port} is taken by another program. Choose another one with --dashboard PORT.`,
    "dashboard.portNotAllowed": ({ port }) =>
      `Port ${port} is not yours to use. Choose one above 1023 with --dashboard PORT.`,
    "session.ownerGone": () => "The window or terminal that ran it is gone. Resume it to go on where it stopped.",
    "agent.invalidDefinition": ({ path, detail }) =>
      `The agent file ${path} cannot be used: ${detail}. The other agents are not affected.`,
    "agent.maxTurns": ({ turns }) =>
      `The agent did not finish within ${turns} model turns. Allow more with --max-turns N or split the goal.`,
    "agent.timeout": ({ minutes }) =>
      `The agent did not finish within ${minutes} minutes. Raise agentTimeoutMinutes in config.json or split the goal.`,
    "agent.idle": ({ seconds }) =>
      `The model sent nothing for ${seconds} seconds. Check the server, or raise agentIdleTimeoutSeconds in config.json.`,
    "agent.failed": ({ detail }) => `The agent failed: ${detail}. Try the goal again.`,

    "tool.unknown": ({ tool, known }) => `There is no tool ${tool}. Known tools: ${known}.`,
    "tool.invalidInput": ({ tool, detail }) => `The input of ${tool} does not fit: ${detail}.`,
    "tool.denied": ({ tool, reason }) => `${tool} was not allowed: ${reason}.`,
    "tool.failed": ({ tool, detail }) => `${tool} failed: ${detail}.`,
    "tool.serverNotSupported": ({ tool }) => `${tool} is not offered by this model server, so agents work without it.`,

    "path.outside": ({ path }) =>
      `${path} lies outside the workspace. Add its folder with --workspace DIR if agents should work there.`,
    "path.home": ({ path }) => `${path} belongs to AI Orchestrator itself; no agent may touch it.`,
    "path.invalid": ({ path, detail }) => `${path} is not a usable path: ${detail}.`,
    "path.unknownFolder": ({ path, folders }) =>
      `${path} begins with no workspace folder. With several folders a path begins with one of: ${folders}.`,
    "path.protected": ({ path }) => `${path} is protected, because changing it can make other programs run code.`,
    "path.changed": ({ path }) =>
      `${path} was replaced by something else while a call was about to use it; nothing was changed.`,

    "approval.rule": ({ tool }) => `${tool} is used only after a yes.`,
    "approval.ruleDenied": ({ tool }) => `A rule in config.json denies ${tool}.`,
    "approval.timeout": ({ minutes }) => `Nobody answered within ${minutes} minutes.`,
    "approval.protectedPath": ({ path }) =>
      `${path} is protected, because changing it can make other programs run code.`,
    "approval.secretFile": ({ path }) =>
      `${path} looks like it holds secrets, so snapshots leave it out and the change cannot be undone.`,
    "approval.notCovered": ({ files, paths, ignored }) =>
      `Snapshots take back what it changes in the workspace, but nothing outside${leftOutWords(files, paths)}${ignored > 0 ? "; nor ignored files" : ""}.`,
    "approval.notUndone": ({ paths }) => `No snapshot holds ${paths}: this change cannot be undone.`,
    "approval.tainted": ({ sources }) =>
      `The agent has read content from outside (${sources}), which may try to steer it.`,
    "approval.notOpen": ({ id, approval }) =>
      `The session ${id} has no open question ${approval}; it may have been answered meanwhile. ${show(id)} lists what is open.`,
    "approval.nobodyToAsk": ({ tool }) =>
      `${tool} needs a yes and there is no terminal to ask on. Run in a terminal, or allow everything with --approve all.`,
    "approval.deniedByFlag": ({ tool }) => `${tool} needs a yes, and --approve none says no to everything.`,

    "plugin.invalid": ({ plugin, detail }) =>
      `The plugin ${plugin} cannot be loaded: ${detail}. The session goes on without it.`,
    "plugin.unknown": ({ plugin, known }) =>
      `There is no plugin ${plugin}. ${known === "" ? "There are none in this folder." : `Known plugins: ${known}.`}`,
    "plugin.duplicate": ({ plugin, path, other }) =>
      `Two plugins are called ${plugin}: ${other} is used, ${path} is not. Give one another name.`,
    "plugin.dependency": ({ plugin, detail }) => `The plugin ${plugin} was not started: ${detail}.`,
    "plugin.notGranted": ({ plugin, permissions }) =>
      `The plugin ${plugin} is not used, because you have not allowed it yet${permissions === "" ? "" : ` (it asks for ${permissions})`}. \`${command} --plugins grant ${plugin}\` shows what it may do and allows it.`,
    "plugin.changed": ({ plugin }) =>
      `The plugin ${plugin} is not used, because it changed since you allowed it. \`${command} --plugins grant ${plugin}\` shows the difference and allows it.`,
    "plugin.failed": ({ plugin, detail }) => `The plugin ${plugin} failed: ${detail}. The session goes on without it.`,
    "plugin.disabled": ({ plugin, detail }) =>
      detail === ""
        ? `The plugin ${plugin} is disabled.`
        : `The plugin ${plugin} is disabled, because it failed again and again: ${detail}. Mend it, or grant it again.`,
    "plugin.untrusted": ({ path }) =>
      `The folder ${path} is not trusted, so its plugins are not even looked at. Add --trust to trust it.`,
    "plugin.denied": ({ plugin, permission }) =>
      `The plugin ${plugin} was not granted ${permission}. Its author adds it to \`permissions\` in its metadata; then you are asked.`,
    "permission.filesRead": ({ pattern }) => `Read ${filesOf(pattern)}.`,
    "permission.filesWrite": ({ pattern }) => `Change and create ${filesOf(pattern)}; each change is recorded.`,
    "permission.network": ({ host }) => `Send requests to ${host} and read the answers.`,
    "permission.process": ({ program }) =>
      `Run the program ${program}; every command asks first, unless a rule allows it.`,
    "permission.agents": () => "Run agents in your sessions, which cost what agents cost.",
    "permission.events": ({ type }) =>
      type === "*"
        ? "Read everything that happens in your sessions, texts of agents included."
        : `Be told of every ${type} in your sessions.`,
    "permission.node": () =>
      "Do EVERYTHING YOU CAN DO: it runs outside the sandbox with your rights, reads and changes every file you can, and talks to any computer you can reach.",

    "plan.invalid": ({ detail }) =>
      `The planner's plan cannot be used: ${detail}. Try again, or put the goal differently.`,
    "plan.notRunnable": ({ detail }) => `The plan cannot be run: ${detail} Correct it and try again.`,
    "plan.missing": () => "The planner ended without a plan. Try again, or say more exactly what should be reached.",
    "session.complete": ({ id }) =>
      `The session ${id} is complete, so there is nothing to resume. Run a part of it again with --from-step STEP; ${show(id)} lists its steps.`,
    "step.unknown": ({ id, step, known }) => `The session ${id} has no step ${step}. Its steps: ${known}.`,
    "step.outputMissing": ({ file }) =>
      `The agent ended without writing ${file} and without a text to put there. Run the goal again.`,
    "step.dependencyFailed": ({ step }) => `Skipped, because the step ${step} it needs did not complete.`,
    "workflow.stepsFailed": ({ failed, total, steps }) => `${failed} of ${total} steps failed: ${steps}.`,
    "workflow.stopped": ({ by }) => `Stopped by ${by}.`,
    internal: ({ detail }) => `Something unexpected went wrong: ${detail}. Run again with --verbose to see more.`,
  };
}

function leftOutWords(files: number, paths: string): string {
  if (files === 0) return "";
  return `; nor ${files === 1 ? "the file" : `${files} files`} left out${paths === "" ? "" : ` (${paths})`}`;
}

/** The words for anything thrown. */
export function wordsOfError(catalogue: Catalogue, error: unknown): string {
  const known = toOrchestratorError(error);
  return wordsOf(catalogue, known.code, known.params);
}

/** The words for an error an event carries; one of a newer version has only its plain message. */
export function wordsOfErrorInfo(catalogue: Catalogue, error: ErrorInfo): string {
  if (!Object.hasOwn(catalogue, error.code)) return error.message;
  return wordsOf(catalogue, error.code as MessageCode, error.params);
}
