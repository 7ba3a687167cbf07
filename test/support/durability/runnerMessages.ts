/** What a test and the process it starts say to each other. */
export interface RunnerRequest {
  readonly home: string;
  readonly workspace: string;
  /** Base URL. */
  readonly modelServer: string;
  /** Milliseconds the process's wall clock is ahead of the real one. */
  readonly clockOffset: number;
  /** File that gets a line for every file put into place in the workspace. */
  readonly renamesTo: string;
  /** File that gets the whole log as a JSON array when the process ends in good order. */
  readonly eventsTo?: string;
}

/** The kind of the last event; or that the process could not do what it was asked, and why. */
export type RunnerEnd =
  | { readonly end: string; readonly code?: never }
  | { readonly end: "refused"; readonly code: string; readonly message: string };
