/** How much a plugin may take before it is stopped. */
export interface PluginLimits {
  /** Its code may run so long without giving back control. */
  readonly cpuMilliseconds: number;
  /** A call may take so long, not counting what the host does for it meanwhile. */
  readonly callMilliseconds: number;
  /** Until it has described itself. */
  readonly loadMilliseconds: number;
  readonly memoryMegabytes: number;
  /** Longest line either side sends. */
  readonly messageBytes: number;
  readonly messagesPerSecond: number;
  /** Requests to the host at once. */
  readonly openRequests: number;
  /** Ends of its process within `crashWindowMilliseconds` after which it is not started again. */
  readonly crashes: number;
  readonly crashWindowMilliseconds: number;
  /** Before the first restart; four times as long before each further one. */
  readonly restartMilliseconds: number;
}

export const DEFAULT_LIMITS: PluginLimits = {
  cpuMilliseconds: 5000,
  callMilliseconds: 30_000,
  loadMilliseconds: 20_000,
  memoryMegabytes: 64,
  messageBytes: 4 * 1024 * 1024,
  messagesPerSecond: 2000,
  openRequests: 64,
  crashes: 3,
  crashWindowMilliseconds: 10 * 60_000,
  restartMilliseconds: 1000,
};
