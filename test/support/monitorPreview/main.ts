/** `node test/support/monitorPreview/main.ts [PORT]`: the preview for a person, until Ctrl-C. Build first. */
import { PreviewServer } from "./previewServer.ts";

const server = await PreviewServer.start(Number(process.argv[2] ?? 0));
process.stdout.write(`${server.origin}\n`);
