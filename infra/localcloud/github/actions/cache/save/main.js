// actions/cache/save
"use strict";

const { main } = require("../toolkit");
const { keys, save } = require("../store");

main(() => save(keys()[0]));
