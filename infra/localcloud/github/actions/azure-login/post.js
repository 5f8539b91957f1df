// azure/login, at the end of the job: signs out.
"use strict";

const { run, step } = require("./toolkit");

step(() => {
  run("az", ["account", "clear"], { quiet: true, mayFail: true });
});
