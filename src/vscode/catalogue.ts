/** VS Code's words for every message: what is wrong, then what to do next. Translations go through l10n. */
import * as vscode from "vscode";
import type { Catalogue } from "../core/messages.ts";

export function createCatalogue(): Catalogue {
  const { t } = vscode.l10n;
  return {
    "goal.empty": () => t("The goal is empty. Say what should be reached."),
    "goal.tooLong": ({ length, limit }) =>
      t(
        "The goal has {0} characters; at most {1} fit. Put the long part into a file of the folder and name that file in the goal.",
        length,
        limit,
      ),
    "prompt.tooLong": ({ length, limit }) =>
      t(
        "What you add has {0} characters; at most {1} fit. Put the long part into a file of the folder and name that file.",
        length,
        limit,
      ),
    "newFolder.notEmpty": ({ path }) =>
      t("The folder {0} is not empty. Choose one that is, or that does not exist yet.", path),
    "newFolder.incomplete": ({ path, count, file, detail }) =>
      t(
        "{0} files could not be put into {1} ({2}: {3}), so it was taken away again. Check that the disk has space and what Check Session Store says, or choose another version.",
        count,
        path,
        file,
        detail,
      ),

    "workspace.missing": ({ path }) =>
      t("The folder {0} does not exist any more. Open the folder the agents should work in.", path),
    "workspace.notAFolder": ({ path }) =>
      t("{0} is a file, not a folder. Open the folder the agents should work in.", path),
    "workspace.notReadable": ({ path }) =>
      t("The folder {0} cannot be read. Change its permissions or open another one.", path),
    "workspace.notWritable": ({ path }) =>
      t("Nothing can be written in the folder {0}. Change its permissions or open another one.", path),
    "workspace.duplicate": ({ path }) => t("The folder {0} is in the workspace twice. Remove one of the two.", path),
    "workspace.insideHome": ({ path, home }) =>
      t(
        "The folder {0} lies inside {1}, where sessions are kept and no agent may work. Open another folder.",
        path,
        home,
      ),
    "workspace.untrusted": ({ path, ignored }) =>
      t("The folder {0} is not trusted, so what it brings for agents is ignored: {1}.", path, ignored),

    "home.insideWorkspace": ({ home, path }) =>
      t(
        "Sessions are kept in {0}, which lies inside the folder {1} where agents may write. Open a smaller folder, or set AI_ORCHESTRATOR_HOME to a folder elsewhere and restart VS Code.",
        home,
        path,
      ),
    "home.notWritable": ({ home, detail }) =>
      t("Nothing can be written in {0}, where sessions are kept ({1}). Change its permissions.", home, detail),
    "node.tooOld": ({ version, required }) =>
      t("This VS Code runs Node {0}; {1} or newer is needed. Update VS Code.", version, required),
    "store.newer": ({ path, found, supported }) =>
      t(
        "The session store {0} was written by a newer version (format {1}, this one reads up to {2}). Update the extension.",
        path,
        found,
        supported,
      ),
    "store.busy": ({ path }) =>
      t("The session store {0} is kept busy by another process. Try again; if it stays so, end that process.", path),
    "store.failed": ({ detail }) =>
      t("The session store failed: {0}. Check that the disk has space, then try again.", detail),

    "store.damaged": ({ path }) =>
      t(
        "The session store {0} is damaged. What can be read of it is salvaged when it is opened next. Restart VS Code.",
        path,
      ),
    "store.replaced": ({ path }) =>
      t(
        "The session store {0} was damaged and another process has replaced it by what could be salvaged. Restart VS Code.",
        path,
      ),
    "store.salvaged": ({ path, sessions, events, incomplete }) =>
      incomplete === ""
        ? t(
            "The session store was damaged. {0} sessions with {1} events could be salvaged. The damaged file is kept as {2}.",
            sessions,
            events,
            path,
          )
        : t(
            "The session store was damaged. {0} sessions with {1} events could be salvaged, of these only in part: {2}. The damaged file is kept as {3}.",
            sessions,
            events,
            incomplete,
            path,
          ),
    "store.backupFailed": ({ detail }) =>
      t("The session store could not be backed up: {0}. Check that the disk has space.", detail),

    "blob.missing": ({ hash }) =>
      t(
        "Stored content is missing ({0}). What needs it cannot be shown or restored; everything else can.",
        hash.slice(0, 12),
      ),
    "blob.corrupted": ({ hash }) =>
      t(
        "Stored content is damaged ({0}), so it is not used. What needs it cannot be shown or restored; everything else can. Check the disk.",
        hash.slice(0, 12),
      ),

    "doctor.exposed": ({ path }) => t("Others on this machine could read {0}.", path),
    "doctor.damaged": ({ detail }) =>
      t(
        "The session store is damaged ({0}). Close every other window and terminal that uses it, then restart VS Code.",
        detail,
      ),
    "doctor.schema": ({ detail }) => t("In the session store {0}. It was changed by another program.", detail),
    "doctor.lease": ({ id, owner }) => t("The session {0} was held by {1}, which is gone.", id, owner),
    "doctor.leftovers": ({ count }) => t("{0} imports had not ended; what they left is removed.", count),
    "doctor.gap": ({ id, count, last }) =>
      t("The session {0} has {1} events where {2} belong. What is missing cannot be restored.", id, count, last),
    "doctor.event": ({ id, seq, detail }) =>
      t("Event {0} of the session {1} cannot be understood ({2}).", seq, id, detail),
    "doctor.contents": ({ id, versions, missing, corrupted }) =>
      t("In the snapshots of {0}, {1} files are missing and {2} damaged ({3}).", id, missing, corrupted, versions),
    "doctor.derived": ({ id, rows }) => t("Of the session {0} this was not what its log says: {1}.", id, rows),

    "settings.invalid": ({ path, detail }) =>
      t("The settings file {0} cannot be used: {1}. Correct it and try again.", path, detail),

    "session.invalidId": ({ id }) =>
      t('"{0}" cannot be a session id. Use letters, digits, _ and -, at most 64 of them.', id),
    "session.exists": ({ id }) => t("The session {0} exists already. Resume it, or choose another id.", id),
    "session.unknown": ({ id, nearest }) =>
      nearest === ""
        ? t("There is no session {0} any more.", id)
        : t("There is no session {0}. Did you mean {1}?", id, nearest),
    "session.running": ({ id, owner }) =>
      t("The session {0} is being run by {1}. Wait until it ends, or stop it.", id, owner),
    "session.notRunning": ({ id, status }) => t("The session {0} is not running; it is {1}.", id, status),
    "session.fenced": ({ id }) =>
      t("Another process took over the session {0}, so this window stopped running it.", id),
    "session.paused": ({ id }) => t("The session {0} is paused already.", id),
    "session.notPaused": ({ id }) => t("The session {0} is not paused.", id),
    "session.noFolder": ({ id, names }) =>
      names === ""
        ? t("The session {0} is bound to no folder here. Choose the folder it shall work in.", id)
        : t("The session {0} is bound to no folder here. Choose the folders it shall work in: {1}.", id, names),
    "session.folderGone": ({ id, path }) =>
      t("The folder {0} of the session {1} is gone. If it was moved, open it and choose it for the session.", path, id),
    "session.otherFolders": ({ id, count, names }) =>
      t("The session {0} works in as many folders as these: {1} ({2}). Choose one for each.", id, names, count),
    "session.damaged": ({ id, seq }) =>
      t("The session {0} is not whole: its event {1} is missing. An earlier version can still be used.", id, seq),
    "session.invalidState": ({ detail }) => t("This cannot be the state of a session: {0}.", detail),
    "session.invalidTitle": ({ limit }) => t("A title has 1 to {0} characters.", limit),
    "session.invalidTags": ({ most, limit }) =>
      t("A session has at most {0} tags, each of 1 to {1} characters.", most, limit),
    "version.invalidLabel": ({ limit }) => t("The name of a snapshot has 1 to {0} characters.", limit),
    "version.unknown": ({ id, version, nearest }) =>
      nearest === ""
        ? t("The session {0} has no snapshot {1}.", id, version)
        : t("The session {0} has no snapshot {1}. Did you mean {2}?", id, version, nearest),
    "snapshot.removed": ({ id, version, kept }) =>
      kept === ""
        ? t("The files of {0} of the session {1} are no longer kept; no version of it holds any.", version, id)
        : t("The files of {0} of the session {1} are no longer kept. These hold files: {2}.", version, id, kept),
    "snapshot.notCaptured": ({ id, version, kept }) =>
      kept === ""
        ? t("The version {0} of the session {1} holds no files; no version of it does.", version, id)
        : t("The version {0} of the session {1} holds no files. These hold files: {2}.", version, id, kept),
    "snapshot.noSuchPath": ({ id, version, path }) =>
      t("{0} is neither in {1} of the session {2} nor anything the session wrote.", path, version, id),
    "fork.running": ({ id, version, owner }) =>
      t(
        "The session {0} is being run by {1}, so a fork cannot share its folder. Put the files of {2} into a new one.",
        id,
        owner,
        version,
      ),
    "fork.complete": ({ id, version }) =>
      t(
        "At {0} everything of the session {1} is done, so a fork with the same goal has nothing to do. Give another goal, or choose an earlier snapshot.",
        version,
        id,
      ),
    "cleanup.invalidDays": ({ days }) => t("{0} is no number of days. Name one from 0 on, such as 7.", days),
    "command.notPossible": ({ id, command }) =>
      t("Who runs the session {0} cannot do this ({1}) at the moment. Try again when it has ended.", id, command),
    "command.stale": ({ id }) =>
      t("The session {0} changed in the meantime, so nothing was done. Look at it and try again.", id),
    "command.unanswered": ({ id, seconds }) =>
      t(
        "Whoever runs the session {0} did not answer within {1} seconds. Try again, or look into the window or terminal that runs it.",
        id,
        seconds,
      ),

    "export.exists": ({ path }) => t("{0} is there already and is not overwritten. Name another file.", path),
    "export.failed": ({ path, detail }) =>
      t("The session could not be written to {0}: {1}. Choose another file, or make room for it.", path, detail),
    "export.invalidEvent": ({ id, seq, detail }) =>
      t("The session {0} cannot be exported: event {1} is not in order ({2}).", id, seq, detail),
    "import.unreadable": ({ path, detail }) => t("{0} cannot be read: {1}.", path, detail),
    "import.notASession": ({ path }) => t("{0} is no exported session.", path),
    "import.newer": ({ path, found, supported }) =>
      t(
        "{0} was written by a newer version (format {1}, this one reads up to {2}). Update the extension.",
        path,
        found,
        supported,
      ),
    "import.incomplete": ({ path }) => t("{0} ends too early; nothing was imported. Copy or export it again.", path),
    "import.changed": ({ path, line }) =>
      line === 0
        ? t("{0} was changed after it was written; nothing was imported. Copy or export it again.", path)
        : t(
            "{0} was changed after it was written (line {1}); nothing was imported. Copy or export it again.",
            path,
            line,
          ),
    "import.invalid": ({ path, line, detail }) =>
      t("{0} holds something that is no session (line {1}: {2}); nothing was imported.", path, line, detail),
    "import.unsafePath": ({ path, line, unsafe }) =>
      t("{0} names a path that leads out of its folder (line {1}: {2}); nothing was imported.", path, line, unsafe),
    "import.tooLarge": ({ path, megabytes }) =>
      t("{0} is larger than any session (more than {1} MB in one place); nothing was imported.", path, megabytes),

    "model.noAccess": () => t("There is no model to use. Set an API key, or run the demo goal."),
    "model.noKey": ({ origin }) => t("There is no API key for {0}.", origin),
    "model.keyRejected": ({ origin, status }) =>
      t("{0} refused the API key (status {1}). Set the right one and run the goal again.", origin, status),
    "model.unknownProvider": ({ provider, known }) =>
      t("The provider {0} is not known. Use one of: {1}.", provider, known),
    "model.invalidBaseUrl": ({ url }) =>
      t('"{0}" is not the URL of a model server. Correct aiOrchestrator.baseUrl in the settings.', url),
    "model.unknownModel": ({ model, detail }) => t("The server does not know the model {0} ({1}).", model, detail),
    "model.unreachable": ({ origin, detail }) =>
      t(
        "The model server {0} cannot be reached ({1}). Check the network and the base URL, then run the goal again.",
        origin,
        detail,
      ),
    "model.rateLimited": ({ origin, detail }) =>
      t(
        "{0} allows no more requests for now ({1}). Wait a while, or lower aiOrchestrator.maxConcurrentAgents.",
        origin,
        detail,
      ),
    "model.overloaded": ({ origin, detail }) =>
      t("{0} is overloaded ({1}). Wait a while and try again.", origin, detail),
    "model.serverError": ({ origin, status, detail }) =>
      t("{0} failed with status {1} ({2}). Try again later.", origin, status, detail),
    "model.badRequest": ({ detail }) =>
      t("The model server did not accept a request: {0}. Check that the model can use tools.", detail),
    "model.invalidResponse": ({ origin, detail }) =>
      t("{0} answered with something that is not the Messages API ({1}). Check the base URL.", origin, detail),
    "model.streamBroken": ({ attempts, detail }) =>
      t("The model's answer broke off {0} times ({1}). Check the network and try again.", attempts, detail),
    "model.refused": ({ detail }) =>
      detail === ""
        ? t("The model refused to go on. Put the goal differently.")
        : t("The model refused to go on: {0}. Put the goal differently.", detail),
    "model.maxTokens": ({ limit }) =>
      t("An answer was longer than {0} tokens. Raise aiOrchestrator.maxOutputTokens or ask for smaller pieces.", limit),
    "model.contextFull": () =>
      t(
        "The conversation no longer fits into the model. Split the goal into smaller ones, or select a model with a larger context.",
      ),
    "model.demoUsed": () => t("There is no API key: the built-in demo model is used, which is not an AI."),

    "agent.unknownType": ({ agentType, known }) => t('There is no agent "{0}". Known agents: {1}.', agentType, known),
    "agent.unknown": ({ id, agent, known }) =>
      t("No agent {0} worked in the session {1}. Its agents: {2}.", agent, id, known),
    "agent.notWorking": ({ id, agent, working }) =>
      agent === "" || working === ""
        ? t("No agent of the session {0} is at work right now, so nobody was told. Try again when one is.", id)
        : t("No agent {0} of the session {1} is at work. At work now: {2}.", agent, id, working),
    "monitor.unknownAgent": ({ id, agent, known }) =>
      known === ""
        ? t("The session {0} had no agent {1}, nor any other. Resume it to let agents work.", id, agent)
        : t("The session {0} had no agent {1}. Name one of its agents: {2}.", id, agent, known),
    "dashboard.portTaken": ({ port }) =>
      t("Port {0} is taken by another program. Choose another one in the setting aiOrchestrator.dashboard.port.", port),
    "dashboard.portNotAllowed": ({ port }) =>
      t("Port {0} is not yours to use. Choose one above 1023 in the setting aiOrchestrator.dashboard.port.", port),
    "session.ownerGone": () => t("The window or terminal that ran it is gone. Resume it to go on where it stopped."),
    "agent.invalidDefinition": ({ path, detail }) =>
      t("The agent file {0} cannot be used: {1}. The other agents are not affected.", path, detail),
    "agent.maxTurns": ({ turns }) =>
      t("The agent did not finish within {0} model turns. Raise aiOrchestrator.maxTurns or split the goal.", turns),
    "agent.timeout": ({ minutes }) =>
      t(
        "The agent did not finish within {0} minutes. Raise aiOrchestrator.agentTimeoutMinutes or split the goal.",
        minutes,
      ),
    "agent.idle": ({ seconds }) =>
      t(
        "The model sent nothing for {0} seconds. Check the server, or raise aiOrchestrator.agentIdleTimeoutSeconds.",
        seconds,
      ),
    "agent.failed": ({ detail }) => t("The agent failed: {0}", detail),

    "tool.unknown": ({ tool, known }) => t("There is no tool {0}. Known tools: {1}.", tool, known),
    "tool.invalidInput": ({ tool, detail }) => t("The input of {0} does not fit: {1}.", tool, detail),
    "tool.denied": ({ tool, reason }) => t("{0} was not allowed: {1}.", tool, reason),
    "tool.failed": ({ tool, detail }) => t("{0} failed: {1}.", tool, detail),
    "tool.serverNotSupported": ({ tool }) =>
      t("{0} is not offered by this model server, so agents work without it.", tool),

    "path.outside": ({ path }) =>
      t("{0} lies outside the workspace. Add its folder to the workspace if agents should work there.", path),
    "path.home": ({ path }) => t("{0} belongs to AI Orchestrator itself; no agent may touch it.", path),
    "path.invalid": ({ path, detail }) => t("{0} is not a usable path: {1}.", path, detail),
    "path.unknownFolder": ({ path, folders }) =>
      t("{0} begins with no workspace folder. With several folders a path begins with one of: {1}.", path, folders),
    "path.protected": ({ path }) => t("{0} is protected, because changing it can make other programs run code.", path),
    "path.changed": ({ path }) =>
      t("{0} was replaced by something else while a call was about to use it; nothing was changed.", path),

    "approval.rule": ({ tool }) => t("{0} is used only after a yes.", tool),
    "approval.ruleDenied": ({ tool }) => t("A rule in the settings denies {0}.", tool),
    "approval.timeout": ({ minutes }) => t("Nobody answered within {0} minutes.", minutes),
    "approval.protectedPath": ({ path }) =>
      t("{0} is protected, because changing it can make other programs run code.", path),
    "approval.secretFile": ({ path }) =>
      t("{0} looks like it holds secrets, so snapshots leave it out and the change cannot be undone.", path),
    "approval.notCovered": ({ files, paths }) =>
      files === 0
        ? t("Changes in the workspace can be undone, except to ignored files; outside it nothing can.")
        : t(
            "Changes in the workspace can be undone, except to ignored files and to what snapshots leave out ({0}); outside it nothing can.",
            paths === "" ? t("{0} files", files) : paths,
          ),
    "approval.notUndone": ({ paths }) => t("No snapshot holds {0}: this change cannot be undone.", paths),
    "approval.tainted": ({ sources }) =>
      t("The agent has read content from outside ({0}), which may try to steer it.", sources),
    "approval.notOpen": ({ id }) => t("This question of the session {0} is not open any more.", id),
    "approval.nobodyToAsk": ({ tool }) => t("{0} needs a yes, and there was nobody to ask.", tool),
    "approval.deniedByFlag": ({ tool }) => t("{0} needs a yes, and every question is answered with no.", tool),

    "plugin.invalid": ({ plugin, detail }) => t("The plugin {0} cannot be loaded: {1}.", plugin, detail),
    "plugin.unknown": ({ plugin }) => t("There is no plugin {0}.", plugin),
    "plugin.duplicate": ({ plugin, path, other }) =>
      t("Two plugins are called {0}: {1} is used, {2} is not. Give one another name.", plugin, other, path),
    "plugin.dependency": ({ plugin, detail }) => t("The plugin {0} was not started: {1}.", plugin, detail),
    "plugin.notGranted": ({ plugin, permissions }) =>
      permissions === ""
        ? t("The plugin {0} is not used, because you have not allowed it yet.", plugin)
        : t("The plugin {0} is not used, because you have not allowed it yet. It asks for {1}.", plugin, permissions),
    "plugin.changed": ({ plugin }) => t("The plugin {0} is not used, because it changed since you allowed it.", plugin),
    "plugin.failed": ({ plugin, detail }) => t("The plugin {0} failed: {1}.", plugin, detail),
    "plugin.disabled": ({ plugin, detail }) =>
      detail === ""
        ? t("The plugin {0} is disabled.", plugin)
        : t("The plugin {0} is disabled, because it failed again and again: {1}.", plugin, detail),
    "plugin.untrusted": ({ path }) => t("The folder {0} is not trusted, so its plugins are off.", path),
    "plugin.denied": ({ plugin, permission }) => t("The plugin {0} was not granted {1}.", plugin, permission),
    "permission.filesRead": ({ pattern }) =>
      pattern === "**" ? t("Read all files of the workspace.") : t("Read the files {0} of the workspace.", pattern),
    "permission.filesWrite": ({ pattern }) =>
      pattern === "**"
        ? t("Change and create all files of the workspace; each change is recorded.")
        : t("Change and create the files {0} of the workspace; each change is recorded.", pattern),
    "permission.network": ({ host }) => t("Send requests to {0} and read the answers.", host),
    "permission.process": ({ program }) =>
      t("Run the program {0}; every command asks first, unless a rule allows it.", program),
    "permission.agents": () => t("Run agents in your sessions, which cost what agents cost."),
    "permission.events": ({ type }) =>
      type === "*"
        ? t("Read everything that happens in your sessions, texts of agents included.")
        : t("Be told of every {0} in your sessions.", type),
    "permission.node": () =>
      t(
        "Do EVERYTHING YOU CAN DO: it runs outside the sandbox with your rights, reads and changes every file you can, and talks to any computer you can reach.",
      ),

    "plan.invalid": ({ detail }) =>
      t("The planner's plan cannot be used: {0} Run the goal again, or put it differently.", detail),
    "plan.notRunnable": ({ detail }) => t("The plan cannot be run: {0} Correct it and try again.", detail),
    "plan.missing": () =>
      t("The planner ended without a plan. Run the goal again, or say more exactly what should be reached."),
    "session.complete": ({ id }) =>
      t(
        "The session {0} is complete, so there is nothing to resume. Run a part of it again from one of its steps.",
        id,
      ),
    "step.unknown": ({ id, step, known }) => t("The session {0} has no step {1}. Its steps: {2}.", id, step, known),
    "step.outputMissing": ({ file }) =>
      t("The agent ended without writing {0} and without a text to put there. Run the goal again.", file),
    "step.dependencyFailed": ({ step }) => t("Skipped, because the step {0} it needs did not complete.", step),
    "workflow.stepsFailed": ({ failed, total, steps }) => t("{0} of {1} steps failed: {2}.", failed, total, steps),
    "workflow.stopped": ({ by }) => t("Stopped by {0}.", by),
    internal: ({ detail }) =>
      t("Something unexpected went wrong: {0}. The AI Orchestrator output channel has more.", detail),
  };
}
