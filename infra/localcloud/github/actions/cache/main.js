// actions/cache: restores now, saves at the end of a job that has succeeded.
"use strict";

const { main, state } = require("./toolkit");
const { keys, restore } = require("./store");

main(() => {
  state("key", keys()[0]);
  state("matched", restore());
});
