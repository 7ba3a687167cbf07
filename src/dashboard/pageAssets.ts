/** The built files of the pages, by the names they have in dist/webview, so that a request can name nothing else. */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export interface Asset {
  readonly type: string;
  readonly content: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  ttf: "font/ttf",
};

export class PageAssets {
  readonly #folder: string;
  /** Read once: a build made meanwhile would leave a page with halves of two. */
  #assets: Promise<ReadonlyMap<string, Asset>> | undefined;

  constructor(folder: URL) {
    this.#folder = fileURLToPath(folder);
  }

  /** @throws whatever keeps the folder from being read */
  async load(): Promise<void> {
    this.#assets ??= this.#readAll();
    await this.#assets;
  }

  async get(name: string): Promise<Asset | undefined> {
    return (await this.#assets)?.get(name);
  }

  async #readAll(): Promise<ReadonlyMap<string, Asset>> {
    const assets = new Map<string, Asset>();
    for (const name of await readdir(this.#folder)) {
      const type = TYPES[name.split(".").at(-1) ?? ""];
      if (type !== undefined) assets.set(name, { type, content: await readFile(`${this.#folder}/${name}`) });
    }
    return assets;
  }
}
