// actions/checkout, at the end of the job: takes the token out of .git/config.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { run, stateOf, step } = require("./toolkit");

step(() => {
  const place = stateOf("place");
  if (!place || !fs.existsSync(path.join(place, ".git", "config"))) return;
  run("git", ["config", "--file", path.join(place, ".git", "config"), "--unset-all", stateOf("key")], {
    quiet: true,
    mayFail: true,
  });
});
