// Which files the lines of an input `path` mean: `*`, `?`, `**`, `[...]`, `~`, and `!` for exceptions.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const MAGIC = /[*?[]/;

function expression(pattern) {
  let found = "";
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at);
    const set = rest.match(/^\[(!?)([^\]]+)\]/);
    if (rest.startsWith("**/")) [found, at] = [found + "(?:[^/]+/)*", at + 2];
    else if (rest.startsWith("**")) [found, at] = [found + ".*", at + 1];
    else if (rest[0] === "*") found += "[^/]*";
    else if (rest[0] === "?") found += "[^/]";
    else if (set)
      [found, at] = [`${found}[${set[1] && "^"}${set[2].replaceAll("\\", "\\\\")}]`, at + set[0].length - 1];
    else found += rest[0].replace(/[.+^${}()|\\\]]/, "\\$&");
  }
  return new RegExp(`^${found}$`, "s");
}

function absolute(pattern, workspace) {
  const home = pattern === "~" || pattern.startsWith("~/") ? os.homedir() + pattern.slice(1) : pattern;
  return path.resolve(workspace, home);
}

// The folder below which a pattern looks.
function startOf(pattern) {
  const parts = pattern.split("/");
  const magic = parts.findIndex((one) => MAGIC.test(one));
  return magic < 0 ? pattern : parts.slice(0, magic).join("/") || "/";
}

function* below(place, enters) {
  yield place;
  const stat = fs.lstatSync(place, { throwIfNoEntry: false });
  if (!stat || !stat.isDirectory() || !enters(place)) return;
  for (const name of fs.readdirSync(place).sort()) yield* below(path.join(place, name), enters);
}

// What the lines match, in order; with `descend`, a folder that matches stands for all that is in it.
function matches(lines, workspace, { descend = false, hidden = true } = {}) {
  const rules = lines.map((line) => {
    const keeps = !line.startsWith("!");
    const pattern = absolute(keeps ? line : line.slice(1).trim(), workspace);
    const own = expression(pattern);
    const inside = expression(`${pattern}/**`);
    return { keeps, pattern, fits: (name) => own.test(name) || (descend && inside.test(name)) };
  });
  const starts = [...new Set(rules.filter((one) => one.keeps).map((one) => startOf(one.pattern)))];
  const found = new Set();
  for (const start of starts) {
    const shown = (name) =>
      hidden ||
      !path
        .relative(start, name)
        .split("/")
        .some((one) => one.startsWith("."));
    for (const name of below(start, shown)) {
      if (!fs.lstatSync(name, { throwIfNoEntry: false }) || !shown(name)) continue;
      const last = rules.filter((one) => one.fits(name)).pop();
      if (last && last.keeps) found.add(name);
    }
  }
  return { found: [...found], starts };
}

module.exports = { expression, matches };
