// Runs Azurite (its path is in CAMP_AZURITE) until standard input ends, so that it never outlives whoever started it.
"use strict";
const Module = require("module");

// Telemetry is off, so its library (half of Azurite's start-up time, a quarter of its memory) is never loaded.
const load = Module._load;
Module._load = function (request, ...rest) {
  return request === "applicationinsights" ? {} : load.call(this, request, ...rest);
};

const GRACE_MS = 3000;
process.stdin.on("end", () => {
  setTimeout(() => process.exit(0), GRACE_MS).unref();
  process.kill(process.pid, "SIGTERM");
});
process.stdin.on("error", () => process.exit(1));
process.stdin.resume();

require(process.env.CAMP_AZURITE);
