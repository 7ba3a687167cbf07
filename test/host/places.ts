import type { TemporaryFolder } from "../support/temporaryFolder.ts";
import type { Place } from "../support/workbench/place.ts";
import type { HostSuite } from "./suites.ts";

/** Puts into an empty folder what a suite wants open, and says what of it that is. */
export async function preparePlace(folder: TemporaryFolder, { opens }: HostSuite): Promise<Place> {
  if (opens === "nothing") return "nothing";
  if (opens === "folder") return { folder: folder.path };
  const virtual = [{ uri: "memory:/virtual", name: "virtual" }];
  const folders = opens === "virtualFolder" ? virtual : [{ path: "first" }, { path: "second" }];
  await folder.write({
    "first/one.txt": "one\n",
    "second/two.txt": "two\n",
    "test.code-workspace": JSON.stringify({ folders }),
  });
  return { workspaceFile: folder.join("test.code-workspace") };
}
