/** What the processes of this benchmark tell each other. */

export interface ProcessOrder {
  readonly home: string;
  /** URL of the folder of the built program, with a slash at its end. */
  readonly dist: string;
  readonly workspace: string;
  readonly modelUrl: string;
  /** As the lease names it. */
  readonly host: string;
  /** Begins the ids of its sessions. */
  readonly name: string;
  /** New sessions are begun for so long. */
  readonly milliseconds: number;
}

export interface LoopDelay {
  /** Milliseconds beyond what the timer asked for. */
  readonly p99: number;
  readonly max: number;
  /** Milliseconds of processor time between two timers: what the thread itself did, whatever else the machine does. */
  readonly workP99: number;
  readonly workMax: number;
}

export interface ProcessReport {
  readonly loop: LoopDelay;
  /** Milliseconds from an event that has to be durable to the moment its reader had it. */
  readonly commits: readonly number[];
  /** What its readers were told, by session. */
  readonly sessions: Readonly<Record<string, ToldSession>>;
  /** Warnings and errors of the log, and whatever nobody caught. */
  readonly troubles: readonly string[];
}

export interface ToldSession {
  readonly lastSeq: number;
  readonly events: number;
  /** SHA-256 of all text by agent, in order. */
  readonly text: string;
  readonly ended: string;
}
