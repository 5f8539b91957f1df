// The caches of a repository, in the folder CAMP_CACHE: for each a folder with entry.json and files.tar.
"use strict";

const { createHash, randomUUID } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { matches } = require("./files");
const { Failure, flag, input, lines, output, run, warning } = require("./toolkit");

const LONGEST_KEY = 512;

function keys() {
  return checked([input("key", { required: true }), ...lines("restore-keys")]);
}

function checked(all) {
  for (const key of all) {
    if (key.length > LONGEST_KEY)
      throw new Failure(`Key Validation Error: ${key} cannot be larger than ${LONGEST_KEY} characters.`);
    if (key.includes(",")) throw new Failure(`Key Validation Error: ${key} cannot contain commas.`);
  }
  return all;
}

function paths() {
  input("path", { required: true });
  return lines("path");
}

// A cache is found only by those who ask for the same paths.
const versionOf = (paths) => createHash("sha256").update(paths.join("|")).digest("hex");

// A run sees the caches of its own branch, of the branch it is to be merged into, and of the default branch.
function scopes() {
  const event = JSON.parse(fs.readFileSync(process.env.GITHUB_EVENT_PATH, "utf8"));
  const main = event.repository && event.repository.default_branch;
  const branches = [process.env.GITHUB_BASE_REF, main].filter(Boolean).map((one) => `refs/heads/${one}`);
  return [...new Set([process.env.GITHUB_REF, ...branches])];
}

function entries(version) {
  const store = process.env.CAMP_CACHE;
  const found = [];
  for (const name of fs.readdirSync(store)) {
    const file = path.join(store, name, "entry.json");
    if (!name.startsWith("new-") && fs.existsSync(file))
      found.push({ ...JSON.parse(fs.readFileSync(file, "utf8")), folder: path.join(store, name) });
  }
  return found.filter((one) => one.version === version).sort((one, other) => other.created - one.created);
}

function find(keys, version) {
  const known = entries(version);
  for (const ref of scopes()) {
    for (const key of keys) {
      const here = known.filter((one) => one.ref === ref);
      const found = here.find((one) => one.key === key) || here.find((one) => one.key.startsWith(key));
      if (found) return found;
    }
  }
  return undefined;
}

// Restores the best cache; the key that it had, or an empty text.
function restore() {
  const [wanted, workspace] = [keys(), process.env.GITHUB_WORKSPACE];
  const found = find(wanted, versionOf(paths()));
  if (!found) {
    if (flag("fail-on-cache-miss")) {
      throw new Failure(`Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: ${wanted[0]}`);
    }
    console.log(`Cache not found for input keys: ${wanted.join(", ")}`);
    output("cache-hit", "");
    return "";
  }
  const exact = found.key.toLowerCase() === wanted[0].toLowerCase();
  if (flag("lookup-only")) {
    console.log(`Cache found and can be restored from key: ${found.key}`);
  } else {
    run("tar", ["-xf", path.join(found.folder, "files.tar"), "-P", "-C", workspace]);
    const now = new Date();
    fs.utimesSync(path.join(found.folder, "entry.json"), now, now);
    console.log(`Cache restored from key: ${found.key}`);
  }
  output("cache-hit", String(exact));
  return found.key;
}

// Whether there is a cache of exactly this key and these paths.
const has = (key, wanted) => find([key], versionOf(wanted))?.key === key;

// Saves what the paths hold now. A key is never written twice.
function save(key, wanted = paths()) {
  const { GITHUB_WORKSPACE: workspace, CAMP_CACHE: store, GITHUB_REF: ref } = process.env;
  const { found } = matches(wanted, workspace);
  if (!found.length) {
    warning(
      "Path Validation Error: Path(s) specified in the action for caching do(es) not exist, hence no cache is being saved.",
    );
    return;
  }
  const version = versionOf(wanted);
  const place = path.join(store, createHash("sha256").update(`${ref}\n${version}\n${key}`).digest("hex").slice(0, 32));
  const made = path.join(store, `new-${randomUUID()}`);
  if (!fs.existsSync(place)) {
    fs.mkdirSync(made);
    const names = found.map((one) => `${path.relative(workspace, one) || "."}\n`).join("");
    run("tar", ["-cf", path.join(made, "files.tar"), "-P", "-C", workspace, "-T", "-"], { stdin: names });
    fs.writeFileSync(path.join(made, "entry.json"), JSON.stringify({ key, version, ref, created: Date.now() }));
    try {
      fs.renameSync(made, place);
      console.log(`Cache saved with key: ${key}`);
      return;
    } catch (error) {
      fs.rmSync(made, { recursive: true, force: true });
      if (!["ENOTEMPTY", "EEXIST"].includes(error.code)) throw error;
    }
  }
  warning(`Failed to save: Unable to reserve cache with key ${key}, another job may be creating this cache.`);
}

module.exports = { has, keys, restore, save };
