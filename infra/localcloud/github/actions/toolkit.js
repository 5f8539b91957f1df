// What every action here needs of the runner: inputs, outputs, workflow commands, programs. A copy lies beside each one.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const variable = (name) => `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
const oneLine = (text) => String(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const command = (name, text) => console.log(`::${name}::${oneLine(text)}`);

const notice = (text) => command("notice", text);
const warning = (text) => command("warning", text);
const error = (text) => command("error", text);
const mask = (text) => text && command("add-mask", text);

class Failure extends Error {} // the text is for the learner; anything else that is thrown is a fault of ours

function input(name, { required = false } = {}) {
  const value = (process.env[variable(name)] || "").trim();
  if (required && !value) throw new Failure(`Input required and not supplied: ${name}`);
  return value;
}

function flag(name) {
  const value = input(name);
  if (["true", "True", "TRUE"].includes(value)) return true;
  if (["false", "False", "FALSE", ""].includes(value)) return false;
  throw new Failure(
    `Input does not meet YAML 1.2 "Core Schema" specification: ${name}\n` +
      "Support boolean input list: `true | True | TRUE | false | False | FALSE`",
  );
}

const lines = (name) =>
  input(name)
    .split("\n")
    .map((one) => one.trim())
    .filter(Boolean);

function write(file, text) {
  if (!process.env[file]) throw new Error(`${file} is not set`);
  fs.appendFileSync(process.env[file], text + os.EOL);
}

function pair(file, name, value) {
  const end = `end_${process.hrtime.bigint()}`; // a value may have many lines
  write(file, `${name}<<${end}\n${value}\n${end}`);
}

const output = (name, value) => pair("GITHUB_OUTPUT", name, value);
const setVariable = (name, value) => pair("GITHUB_ENV", name, value);
const state = (name, value) => pair("GITHUB_STATE", name, value);
const stateOf = (name) => process.env[`STATE_${name}`] || "";
const addPath = (folder) => write("GITHUB_PATH", folder);

// Runs a program; a Failure when it fails, unless `mayFail`. `quiet` keeps what it prints.
function run(program, args, { cwd, env, quiet = false, mayFail = false, stdin = "" } = {}) {
  const done = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    input: stdin,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["pipe", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
  });
  if (done.error) throw new Failure(`Unable to run ${program}: ${done.error.message}`);
  if (done.status && !mayFail) {
    if (quiet) process.stdout.write(done.stdout + done.stderr);
    throw new Failure(`The process '${program}' failed with exit code ${done.status}`);
  }
  return done;
}

// The names under `key` in the action.yml beside the program that runs, which has one a line, two spaces in.
function declared(key) {
  const text = fs.readFileSync(path.join(path.dirname(require.main.filename), "action.yml"), "utf8");
  const block = text.split(/^(?=\S)/m).find((one) => one.startsWith(`${key}:`)) || "";
  return [...block.matchAll(/^ {2}([\w-]+):/gm)].map((one) => one[1]);
}

function warnOfUnknownInputs() {
  const known = declared("inputs");
  const names = new Set(known.map(variable));
  const unknown = Object.keys(process.env).filter((one) => one.startsWith("INPUT_") && !names.has(one));
  if (unknown.length) {
    const listed = unknown.map((one) => `'${one.slice(6).toLowerCase()}'`).join(", ");
    warning(`Unexpected input(s) ${listed}, valid inputs are [${known.map((one) => `'${one}'`).join(", ")}]`);
  }
}

// Runs the body of an action's step; what it throws fails the step.
async function step(body) {
  try {
    await body();
  } catch (thrown) {
    error(thrown instanceof Failure ? thrown.message : thrown.stack);
    process.exitCode = 1;
  }
}

const main = (body) => step(() => (warnOfUnknownInputs(), body()));

module.exports = {
  Failure,
  addPath,
  error,
  flag,
  input,
  lines,
  main,
  mask,
  notice,
  output,
  run,
  setVariable,
  state,
  stateOf,
  step,
  warning,
};
