// actions/setup-python: a fresh environment of the camp's own Python, whatever version from 3.10 on is wanted.
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { matches } = require("./files");
const { has } = require("./store");
const {
  Failure,
  addPath,
  flag,
  input,
  lines,
  main,
  notice,
  output,
  run,
  setVariable,
  state,
  warning,
} = require("./toolkit");

const OLDEST = [3, 10];
const DEPENDENCIES = {
  pip: ["**/requirements.txt", "**/pyproject.toml"],
  pipenv: ["**/Pipfile.lock"],
  poetry: ["**/poetry.lock"],
};

function wantedVersions() {
  const [given, file] = [lines("python-version"), input("python-version-file")];
  if (given.length && file)
    warning("Both python-version and python-version-file inputs are specified, only python-version will be used.");
  if (given.length) return given;
  if (file) return versionsIn(path.resolve(process.env.GITHUB_WORKSPACE, file), file);
  const usual = path.resolve(process.env.GITHUB_WORKSPACE, ".python-version");
  if (fs.existsSync(usual)) return versionsIn(usual, ".python-version");
  warning(
    "Neither 'python-version' nor 'python-version-file' inputs were supplied. Attempting to find '.python-version' file.",
  );
  warning(".python-version doesn't exist.");
  return [];
}

function versionsIn(file, name) {
  if (!fs.existsSync(file)) throw new Failure(`The specified python version file at: ${file} doesn't exist.`);
  const text = fs.readFileSync(file, "utf8");
  if (name.endsWith(".toml")) {
    const found = text.match(/^\s*(?:requires-python|python)\s*=\s*["']([^"']+)["']/m);
    return found ? [found[1]] : [];
  }
  if (path.basename(name) === ".tool-versions") return [...text.matchAll(/^python\s+v?(\S+)/gm)].map((one) => one[1]);
  return text
    .split("\n")
    .map((one) => one.replace(/#.*/, "").trim())
    .filter(Boolean);
}

// Only the versions that a range begins with count: `3.12`, `>=3.10,<3.14`, `3.x`, `~3.11.2`, `3.11 - 3.13`.
function check(version) {
  if (/^(pypy|graalpy)/i.test(version))
    throw new Failure(`${version}: this runner has CPython alone. Ask for python-version: "3.12".`);
  const found = version.match(/(\d+)(?:\.(\d+|x|\*))?/i);
  const [major, minor] = found ? [Number(found[1]), found[2]] : [NaN, undefined];
  const isOpen = version.includes("<") && !version.includes(">");
  const old =
    major < 3 || (/^\d+$/.test(minor || "") && major === 3 && Number(minor) < OLDEST[1] && !/[<>^~*x-]/i.test(version));
  if (!found || major > 3 || old || (isOpen && Number(minor) <= OLDEST[1])) {
    const hint =
      major === 3 && minor === "1"
        ? ' In YAML 3.10 without quotes is the number 3.1: write python-version: "3.10".'
        : "";
    throw new Failure(
      `The version '${version}' with architecture 'x64' was not found for this operating system. ` +
        `This runner has Python from 3.10 on.${hint}`,
    );
  }
}

// What is kept is pip's download cache, which is empty here, as packages are on this machine: never what was installed.
function lookForCache(manager, version) {
  const workspace = process.env.GITHUB_WORKSPACE;
  const patterns = lines("cache-dependency-path").length ? lines("cache-dependency-path") : DEPENDENCIES[manager];
  const files = matches(patterns, workspace).found.filter((one) => fs.statSync(one).isFile());
  if (!files.length) {
    throw new Failure(
      `No file in ${workspace} matched to [${patterns.join(" or ")}], make sure you have checked out the target repository`,
    );
  }
  const digest = createHash("sha256");
  for (const file of files) digest.update(fs.readFileSync(file));
  const key = `setup-python-Linux-x64-python-${version}-${manager}-${digest.digest("hex")}`;
  const kept = `~/.cache/${manager}`;
  fs.mkdirSync(path.join(os.homedir(), ".cache", manager), { recursive: true });
  const hit = has(key, [kept]);
  console.log(hit ? `Cache restored from key: ${key}` : `${manager} cache is not found`);
  output("cache-hit", String(hit));
  if (hit) return;
  state("key", key);
  state("kept", kept);
}

main(() => {
  const versions = wantedVersions();
  versions.forEach(check);
  const cache = input("cache");
  if (cache && !DEPENDENCIES[cache]) throw new Failure(`Caching for '${cache}' is not supported`);
  if (input("pip-version")) warning("pip-version: this runner has one version of pip, and uses it.");
  if (flag("freethreaded")) warning("freethreaded: this runner has the usual Python alone.");
  const maker = path.join(process.env.CAMP_RUNNER, "bin", "make-python");
  const tools = process.env.RUNNER_TOOL_CACHE || process.env.RUNNER_TEMP;
  const version = run(maker, ["--version"], { quiet: true }).stdout.trim();
  const place = path.join(tools, "Python", version, "x64");
  run(maker, [place], { quiet: true });
  const wanted = versions[versions.length - 1];
  if (wanted && !version.startsWith(wanted))
    notice(`Python ${wanted} was asked for; this runner has Python ${version} and uses it.`);
  const python = path.join(place, "bin", "python");
  if (flag("update-environment")) {
    addPath(path.join(place, "bin"));
    const names = ["pythonLocation", "Python_ROOT_DIR", "Python2_ROOT_DIR", "Python3_ROOT_DIR"];
    for (const name of names) setVariable(name, place);
    setVariable("PKG_CONFIG_PATH", path.join(place, "lib", "pkgconfig"));
  }
  output("python-version", version);
  output("python-path", python);
  if (cache) lookForCache(cache, version);
  console.log(`Successfully set up CPython (${version})`);
});
