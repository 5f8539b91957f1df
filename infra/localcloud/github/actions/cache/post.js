// actions/cache, at the end of the job: saves, unless the key was found.
"use strict";

const { stateOf, step } = require("./toolkit");
const { save } = require("./store");

step(() => {
  const key = stateOf("key");
  if (!key) return;
  if (stateOf("matched") === key) console.log(`Cache hit occurred on the primary key ${key}, not saving cache.`);
  else save(key);
});
