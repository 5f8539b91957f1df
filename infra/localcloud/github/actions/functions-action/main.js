// Azure/functions-action: the deployment itself is in ../../programs/functions_action.py, beside az.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { flag, main, run, warning } = require("./toolkit");

const START =
  "import sys; sys.path.insert(0, sys.argv.pop(1)); from programs.functions_action import main; sys.exit(main())";

main(() => {
  if (flag("respect-pom-xml")) warning("respect-pom-xml: this runner deploys no Java.");
  const runner = process.env.CAMP_RUNNER;
  const python = fs.readFileSync(path.join(runner, "own-python"), "utf8").trim(); // no script of sh: that drops INPUT_APP-NAME
  const done = run(python, ["-I", "-u", "-c", START, runner], { mayFail: true });
  if (done.status) process.exitCode = 1;
});
