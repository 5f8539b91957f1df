// actions/cache/restore
"use strict";

const { main, output } = require("../toolkit");
const { keys, restore } = require("../store");

main(() => {
  const [key] = keys();
  output("cache-primary-key", key);
  output("cache-matched-key", restore());
});
