// azure/login, at the end of the job: signs out.
"use strict";

const { run, step } = require("./toolkit");

step(() => {
  if (process.env.AZURE_LOGIN_POST_CLEANUP === "false") return;
  run("az", ["account", "clear"], { quiet: true, mayFail: true });
});
