/** The dashboard's pages. On the page of a session it runs before the monitor's own script, and prepares its place. */
// oxlint-disable-next-line import/no-unassigned-import -- it is imported for what it does, and first
import "../zodWithoutEval.ts";
import { takeKey } from "./accessKey.ts";
import { showNothing, startSessionPage } from "./sessionPage.ts";
import { SessionsPage } from "./sessionsPage.ts";
import { followTheme } from "./theme.ts";

const place = document.querySelector<HTMLElement>("#dashboard");
if (!place) throw new Error("The page has no place for the dashboard.");
place.replaceChildren();

followTheme();
const key = takeKey();
const sessionId = /^\/sessions\/([\w-]{1,64})$/.exec(location.pathname)?.[1];
if (key === undefined) showNothing(place, false);
else if (sessionId === undefined) new SessionsPage(place, key).open();
else startSessionPage(place, sessionId, key);
// The same page opened by a link with another key.
addEventListener("hashchange", () => location.reload());
