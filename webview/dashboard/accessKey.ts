/**
 * The key of the dashboard. It comes in the link's fragment, which browsers send nowhere, and is kept for this tab;
 * a cookie would go to every other port of this machine.
 */

const STORED_AS = "dashboard-key";
const IN_FRAGMENT = /^#([\w-]{20,200})$/;

/** The key of the link, which is taken out of the address, or the one this tab had. */
export function takeKey(): string | undefined {
  const given = IN_FRAGMENT.exec(location.hash)?.[1];
  if (given === undefined) return sessionStorage.getItem(STORED_AS) ?? undefined;
  sessionStorage.setItem(STORED_AS, given);
  history.replaceState(null, "", location.pathname + location.search);
  return given;
}

/** It is not this server's. */
export function forgetKey(): void {
  sessionStorage.removeItem(STORED_AS);
}
