// actions/upload-artifact: copies files to the artifacts of this run, in the folder CAMP_ARTIFACTS.
"use strict";

const { createHash, randomUUID } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { matches } = require("./files");
const { Failure, flag, input, lines, main, output, warning } = require("./toolkit");

const FORBIDDEN = /["\\:<>|*?\r\n/]/;
const NOTHING_FOUND = ["warn", "error", "ignore"];

function checkedName() {
  const name = input("name") || "artifact";
  if (FORBIDDEN.test(name) || [".", ".."].includes(name)) {
    throw new Failure(
      `The artifact name is not valid: ${name}. Contains the following character: ${name.match(FORBIDDEN) || "."}\n` +
        'Invalid characters include: Double quote ", Colon :, Less than <, Greater than >, Vertical bar |, Asterisk *, Question mark ?, ' +
        "Carriage return \\r, Line feed \\n, Backslash \\, Forward slash /",
    );
  }
  return name;
}

// The files, and the folder that their names in the artifact begin at: what all paths have in common.
function selected() {
  const workspace = process.env.GITHUB_WORKSPACE;
  const { found, starts } = matches(lines("path"), workspace, { descend: true, hidden: flag("include-hidden-files") });
  const files = found.filter((one) => fs.statSync(one, { throwIfNoEntry: false })?.isFile());
  const isOneFile = files.length === 1 && starts.length === 1 && files[0] === starts[0];
  return { files, top: isOneFile ? path.dirname(files[0]) : commonFolder(starts) };
}

function commonFolder(places) {
  const split = places.map((one) =>
    (fs.statSync(one, { throwIfNoEntry: false })?.isFile() ? path.dirname(one) : one).split("/"),
  );
  const length = Math.min(...split.map((one) => one.length));
  let same = 0;
  while (same < length && split.every((one) => one[same] === split[0][same])) same++;
  return split[0].slice(0, same).join("/") || "/";
}

function nothingFound() {
  const how = input("if-no-files-found");
  const text = `No files were found with the provided path: ${lines("path").join("\n")}. No artifacts will be uploaded.`;
  if (!NOTHING_FOUND.includes(how)) {
    throw new Failure(
      `Unrecognized if-no-files-found input. Provided: ${how}. Available options: ${NOTHING_FOUND.join(",")}`,
    );
  }
  if (how === "error") throw new Failure(text);
  if (how === "warn") warning(text);
  else console.log(text);
}

main(() => {
  const name = checkedName();
  input("path", { required: true });
  const { files, top } = selected();
  if (!files.length) return nothingFound();
  console.log(`With the provided path, there will be ${files.length} file${files.length > 1 ? "s" : ""} uploaded`);
  const place = path.join(process.env.CAMP_ARTIFACTS, name);
  if (fs.existsSync(place)) {
    if (!flag("overwrite")) {
      throw new Failure(
        "Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: " +
          "an artifact with this name already exists on the workflow run",
      );
    }
    fs.rmSync(place, { recursive: true });
  }
  const made = path.join(process.env.CAMP_ARTIFACTS, `.new-${randomUUID()}`);
  const digest = createHash("sha256");
  for (const file of files) {
    const inside = path.relative(top, file);
    fs.mkdirSync(path.dirname(path.join(made, inside)), { recursive: true });
    fs.copyFileSync(file, path.join(made, inside)); // not its permissions: the real one loses them, too
    fs.chmodSync(path.join(made, inside), 0o644);
    digest.update(`${inside}\0`).update(fs.readFileSync(file));
  }
  fs.renameSync(made, place);
  const id = parseInt(
    createHash("sha256").update(`${process.env.GITHUB_RUN_ID}/${name}`).digest("hex").slice(0, 8),
    16,
  );
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = process.env;
  output("artifact-id", id);
  output("artifact-digest", digest.digest("hex"));
  output("artifact-url", `${server}/${repository}/actions/runs/${run}/artifacts/${id}`);
  console.log(`Artifact ${name} has been successfully uploaded! Artifact ID is ${id}.`);
});
