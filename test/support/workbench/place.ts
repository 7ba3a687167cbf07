/** What a window of VS Code has open: a folder, a workspace file with several, or nothing. Absolute paths. */
export type Place = { readonly folder: string } | { readonly workspaceFile: string } | "nothing";

/** An extension that is loaded from where it is developed, and tests to run beside it in its host. */
export interface Development {
  /** Folder of the extension, absolute. */
  readonly extensionFolder: string;
  /** CommonJS or ES module that exports `run(): Promise<void>`, absolute. */
  readonly testsFile?: string;
  /** Variables for this window's extension host, on top of the server's. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * The address at which a served VS Code shows `place`.
 *
 * @param server its `http://HOST:PORT` and the token it asks for
 */
export function addressOf(
  server: { readonly url: string; readonly token: string },
  place: Place,
  development?: Development,
): string {
  const address = new URL(server.url);
  address.searchParams.set("tkn", server.token);
  if (place === "nothing") address.searchParams.set("ew", "true");
  else if ("folder" in place) address.searchParams.set("folder", place.folder);
  else address.searchParams.set("workspace", place.workspaceFile);
  if (development !== undefined) {
    const remote = (path: string) => `vscode-remote://${address.host}${path}`;
    const payload = [["extensionDevelopmentPath", remote(development.extensionFolder)]];
    if (development.testsFile !== undefined) payload.push(["extensionTestsPath", remote(development.testsFile)]);
    if (development.environment !== undefined) {
      payload.push(["extensionEnvironment", JSON.stringify(development.environment)]);
    }
    address.searchParams.set("payload", JSON.stringify(payload));
  }
  return address.href;
}
