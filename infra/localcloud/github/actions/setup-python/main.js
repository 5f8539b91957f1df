// actions/setup-python: a fresh environment of the camp's own Python, whatever version from 3.10 on is wanted.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { Failure, addPath, flag, input, lines, main, notice, output, run, setVariable, warning } = require("./toolkit");

const OLDEST = [3, 10];
const CACHED = ["pip", "pipenv", "poetry"];

function wantedVersions() {
  const [given, file] = [lines("python-version"), input("python-version-file")];
  if (given.length && file) warning("Both python-version and python-version-file inputs are specified, only python-version will be used.");
  if (given.length) return given;
  if (file) return versionsIn(path.resolve(process.env.GITHUB_WORKSPACE, file), file);
  const usual = path.resolve(process.env.GITHUB_WORKSPACE, ".python-version");
  if (fs.existsSync(usual)) return versionsIn(usual, ".python-version");
  warning("Neither 'python-version' nor 'python-version-file' inputs were supplied. Attempting to find '.python-version' file.");
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
  return text.split("\n").map((one) => one.replace(/#.*/, "").trim()).filter(Boolean);
}

// Only the versions that a range begins with count: `3.12`, `>=3.10,<3.14`, `3.x`, `~3.11.2`, `3.11 - 3.13`.
function check(version) {
  if (/^(pypy|graalpy)/i.test(version)) throw new Failure(`${version}: this runner has CPython alone. Ask for python-version: "3.12".`);
  const found = version.match(/(\d+)(?:\.(\d+|x|\*))?/i);
  const [major, minor] = found ? [Number(found[1]), found[2]] : [NaN, undefined];
  const isOpen = version.includes("<") && !version.includes(">");
  const old = major < 3 || (/^\d+$/.test(minor || "") && major === 3 && Number(minor) < OLDEST[1] && !/[<>^~*x-]/i.test(version));
  if (!found || major > 3 || old || (isOpen && Number(minor) <= OLDEST[1])) {
    const hint = major === 3 && minor === "1" ? ' In YAML 3.10 without quotes is the number 3.1: write python-version: "3.10".' : "";
    throw new Failure(
      `The version '${version}' with architecture 'x64' was not found for this operating system. ` +
        `This runner has Python from 3.10 on.${hint}`,
    );
  }
}

main(() => {
  const versions = wantedVersions();
  versions.forEach(check);
  const cache = input("cache");
  if (cache && !CACHED.includes(cache)) throw new Failure(`Caching for '${cache}' is not supported`);
  if (flag("freethreaded")) warning("freethreaded: this runner has the usual Python alone.");
  const maker = path.join(process.env.CAMP_RUNNER, "bin", "make-python");
  const tools = process.env.RUNNER_TOOL_CACHE || process.env.RUNNER_TEMP;
  const version = run(maker, ["--version"], { quiet: true }).stdout.trim();
  const place = path.join(tools, "Python", version, "x64");
  run(maker, [place], { quiet: true });
  const wanted = versions[versions.length - 1];
  if (wanted && !version.startsWith(wanted)) notice(`Python ${wanted} was asked for; this runner has Python ${version} and uses it.`);
  const python = path.join(place, "bin", "python");
  if (flag("update-environment")) {
    addPath(path.join(place, "bin"));
    const names = ["pythonLocation", "Python_ROOT_DIR", "Python2_ROOT_DIR", "Python3_ROOT_DIR"];
    for (const name of names) setVariable(name, place);
    setVariable("PKG_CONFIG_PATH", path.join(place, "lib", "pkgconfig"));
  }
  output("python-version", version);
  output("python-path", python);
  if (cache) output("cache-hit", "false");
  if (cache) console.log("Nothing to cache: packages are on this machine already.");
  if (input("pip-install")) run(python, ["-m", "pip", "install", ...input("pip-install").split(/\s+/)]);
  console.log(`Successfully set up CPython (${version})`);
});
