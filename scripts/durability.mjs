/** `npm run durability`: kills the scenario's session at every point there is; `npm test` takes some of them. */
import process from "node:process";

process.env["DURABILITY"] = "all";
process.argv.splice(2, Infinity, "durability");
await import("./test.mjs");
