// actions/setup-python, at the end of the job: saves the cache that was not found.
"use strict";

const { stateOf, step } = require("./toolkit");
const { save } = require("./store");

step(() => {
  if (stateOf("key")) save(stateOf("key"), [stateOf("kept")]);
});
