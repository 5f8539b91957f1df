// actions/checkout: fetches one commit of a repository of this server into the workspace.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { Failure, flag, input, lines, main, mask, output, run, state, warning } = require("./toolkit");

const QUIET = { GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1", GIT_LFS_SKIP_SMUDGE: "1" };
const COMMIT = /^[0-9a-f]{40}$/i;

function placeOf(workspace) {
  const place = path.resolve(workspace, input("path"));
  if (place !== workspace && !place.startsWith(workspace + path.sep)) {
    throw new Failure(`Repository path '${place}' is not under '${workspace}'`);
  }
  return place;
}

// What to fetch, and how it is called locally afterwards.
function wanted(isThis) {
  const ref = input("ref");
  const { GITHUB_REF: current, GITHUB_SHA: sha } = process.env;
  if (!ref && isThis) return current.startsWith("refs/") ? named(current, sha) : { source: sha };
  if (COMMIT.test(ref)) return { source: ref };
  return ref ? named(ref) : { source: "HEAD", local: "refs/remotes/origin/HEAD" };
}

function named(ref, sha = "") {
  const source = sha || ref;
  if (ref.startsWith("refs/heads/")) {
    const branch = ref.slice("refs/heads/".length);
    return { source, branch, local: `refs/remotes/origin/${branch}` };
  }
  if (ref.startsWith("refs/pull/")) return { source, local: ref.replace("refs/", "refs/remotes/") };
  return ref.startsWith("refs/") ? { source, local: ref } : { either: ref };
}

// A name may be a branch or a tag: the server knows.
function resolved(want, git) {
  if (!want.either) return want;
  const listed = git(["ls-remote", "origin", `refs/heads/${want.either}`, `refs/tags/${want.either}`], { quiet: true });
  if (listed.stdout.includes(`refs/heads/${want.either}\n`)) return named(`refs/heads/${want.either}`);
  if (listed.stdout.includes(`refs/tags/${want.either}\n`)) return named(`refs/tags/${want.either}`);
  throw new Failure(`A branch or tag with the name '${want.either}' could not be found`);
}

function empty(place, git) {
  if (!fs.existsSync(place)) return fs.mkdirSync(place, { recursive: true });
  const same =
    fs.existsSync(path.join(place, ".git")) &&
    git(["config", "--get", "remote.origin.url"], { quiet: true, mayFail: true }).stdout.trim() === git.url;
  if (same && !input("clean").match(/^true$/i)) return undefined;
  if (same && git(["clean", "-ffdx"], { mayFail: true }).status === 0)
    return git(["reset", "--hard", "HEAD"], { mayFail: true });
  const names = fs.readdirSync(place);
  if (names.length) console.log(`Deleting the contents of '${place}'`);
  for (const name of names) fs.rmSync(path.join(place, name), { recursive: true, force: true });
  return undefined;
}

function fetchOptions(want) {
  const depth = Number(input("fetch-depth"));
  if (!Number.isInteger(depth) || depth < 0)
    throw new Failure(`Value '${input("fetch-depth")}' is not a valid fetch-depth`);
  const options = ["--no-recurse-submodules", "--prune", "--no-progress"]; // the log is no terminal
  if (input("filter")) options.push(`--filter=${input("filter")}`);
  options.push(depth === 0 || flag("fetch-tags") ? "--tags" : "--no-tags");
  if (depth) options.push(`--depth=${depth}`);
  const own = want.local ? `+${want.source}:${want.local}` : want.source;
  if (depth) return [...options, "origin", own];
  const comesAnyway = want.branch || (want.local || "").startsWith("refs/tags/"); // and may not be fetched to one name twice
  const everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  return [...options, "origin", ...everything, comesAnyway ? want.source : own];
}

function sparse(git) {
  const patterns = lines("sparse-checkout");
  if (!patterns.length) return;
  const mode = flag("sparse-checkout-cone-mode") ? "--cone" : "--no-cone";
  git(["sparse-checkout", "set", mode, ...patterns]);
}

// git would take a process for each value.
function configure(place, section, name, values) {
  appendTo(path.join(place, ".git", "config"), section, name, values);
}

function appendTo(file, section, name, values) {
  const quoted = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quoted(value)}\n`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.appendFileSync(file, `[${section}${name && ` ${quoted(name)}`}]\n${lines.join("")}`);
}

function refuseWhatIsNotHere() {
  for (const name of ["ssh-key", "ssh-known-hosts"]) {
    if (input(name)) throw new Failure(`${name}: this server has no SSH; leave it out, and the token is used.`);
  }
  if (flag("lfs")) warning("lfs: this server stores no LFS files; pointers stay as they are.");
}

function checkedRepository() {
  const repository = input("repository");
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new Failure(`Invalid repository '${repository}'. Expected format {owner}/{repo}.`);
  }
  return repository;
}

// The repository at `place`, with the token in .git/config, where the real one writes it, too: for the fetch, and for
// later steps. Returns the key of that setting.
function connect(place, server, git) {
  const token = input("token", { required: true });
  const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  mask(header.split(" ").pop());
  const key = `http.${server}/.extraheader`;
  if (fs.existsSync(path.join(place, ".git"))) {
    git(["config", "--local", key, header]);
  } else {
    git(["-c", "init.defaultBranch=main", "init", "--quiet", place]);
    configure(place, "remote", "origin", { url: git.url, fetch: "+refs/heads/*:refs/remotes/origin/*" });
    configure(place, "gc", "", { auto: "0" });
    configure(place, "http", `${server}/`, { extraheader: header });
  }
  if (flag("set-safe-directory")) appendTo(path.join(os.homedir(), ".gitconfig"), "safe", "", { directory: place });
  return key;
}

function checkOut(want, git) {
  git(["-c", "protocol.version=2", "fetch", ...fetchOptions(want)]);
  sparse(git);
  const at = COMMIT.test(want.source) ? want.source : want.local || "FETCH_HEAD";
  const how = want.branch ? ["-B", want.branch] : ["--detach"];
  git(["checkout", "--force", ...how, at], { quiet: true });
  if (!["", "false"].includes(input("submodules"))) {
    const recursive = input("submodules") === "recursive" ? ["--recursive"] : [];
    git(["submodule", "sync", ...recursive]);
    git(["-c", "protocol.version=2", "submodule", "update", "--init", "--force", ...recursive]);
  }
}

main(() => {
  refuseWhatIsNotHere();
  const place = placeOf(process.env.GITHUB_WORKSPACE);
  const repository = checkedRepository();
  const server = (input("github-server-url") || process.env.GITHUB_SERVER_URL).replace(/\/$/, "");
  const git = (args, options = {}) =>
    run("git", ["-c", `safe.directory=${place}`, ...args], { cwd: place, env: QUIET, ...options });
  git.url = `${server}/${repository}`;

  console.log(`Syncing repository: ${repository}`);
  empty(place, git);
  const key = connect(place, server, git);
  state("place", place);
  state("key", key);
  const isThis = repository.toLowerCase() === process.env.GITHUB_REPOSITORY.toLowerCase();
  checkOut(resolved(wanted(isThis), git), git);

  const [commit, said] = git(["log", "-1", "--format=%H%nHEAD is now at %h %s"], { quiet: true }).stdout.split("\n");
  console.log(said);
  if (!flag("persist-credentials")) git(["config", "--local", "--unset-all", key]);
  output("ref", input("ref") || process.env.GITHUB_REF);
  output("commit", commit);
});
