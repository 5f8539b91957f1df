// actions/download-artifact: copies artifacts of this run from the folder CAMP_ARTIFACTS.
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { expression } = require("./files");
const { Failure, flag, input, main, output } = require("./toolkit");

const idOf = (name) =>
  parseInt(createHash("sha256").update(`${process.env.GITHUB_RUN_ID}/${name}`).digest("hex").slice(0, 8), 16);

function chosen(all) {
  const [name, ids, pattern] = [input("name"), input("artifact-ids"), input("pattern")];
  if (name && ids)
    throw new Failure("Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.");
  if (name) {
    if (!all.includes(name)) {
      throw new Failure(
        `Unable to download artifact(s): Artifact not found for name: ${name}\n` +
          "        Please ensure that your artifact is not expired and the artifact was uploaded using a compatible version of toolkit/upload-artifact.",
      );
    }
    return [name];
  }
  if (ids) {
    const wanted = ids.split(",").map((one) => Number(one.trim()));
    const found = all.filter((one) => wanted.includes(idOf(one)));
    if (!found.length)
      throw new Failure("Unable to download artifact(s): None of the provided artifact IDs were found");
    return found;
  }
  return pattern ? all.filter((one) => expression(pattern).test(one)) : all;
}

main(() => {
  if (
    input("run-id") !== process.env.GITHUB_RUN_ID ||
    input("repository").toLowerCase() !== process.env.GITHUB_REPOSITORY.toLowerCase()
  ) {
    throw new Failure("This runner has the artifacts of this run alone: leave out run-id and repository.");
  }
  const given = input("path") || process.env.GITHUB_WORKSPACE;
  const target = path.resolve(process.env.GITHUB_WORKSPACE, given.replace(/^~(?=$|\/)/, os.homedir()));
  const store = process.env.CAMP_ARTIFACTS;
  const all = fs
    .readdirSync(store)
    .filter((one) => !one.startsWith(".new-"))
    .sort();
  const names = chosen(all);
  const isSingle = Boolean(input("name")) || flag("merge-multiple") || (input("artifact-ids") && names.length === 1);
  fs.mkdirSync(target, { recursive: true });
  for (const name of names) {
    const place = isSingle ? target : path.join(target, name);
    fs.cpSync(path.join(store, name), place, { recursive: true });
    console.log(`Artifact download completed successfully: ${name} to ${place}`);
  }
  console.log(`Total of ${names.length} artifact(s) downloaded`);
  output("download-path", target);
});
