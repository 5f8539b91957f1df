// What GitHub's own language service finds in the workflows and actions that the arguments name, one JSON object a line.
// Run it in the folder where the extra is installed.

import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { pathToFileURL } from "node:url";

// @actions/languageservice 0.3.61 imports JSON as bundlers do, without the attribute that Node wants.
const loader = `
  import { readFile } from "node:fs/promises";
  export async function load(url, context, next) {
    if (!url.endsWith(".json")) return next(url, context);
    const source = "export default " + (await readFile(new URL(url), "utf8"));
    return { format: "module", source, shortCircuit: true };
  }`;
register(`data:text/javascript,${encodeURIComponent(loader)}`);

const installed = (path) => import(pathToFileURL(`${process.cwd()}/node_modules/${path}`));
const { validate } = await installed("@actions/languageservice/dist/validate.js");
const { TextDocument } = await installed("vscode-languageserver-textdocument/lib/esm/main.js");

for (const path of process.argv.slice(2)) {
  const document = TextDocument.create(pathToFileURL(path).href, "yaml", 1, await readFile(path, "utf8"));
  for (const { range, message } of await validate(document)) {
    console.log(JSON.stringify({ path, line: range.start.line + 1, message }));
  }
}
