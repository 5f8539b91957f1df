// Runs Azurite (its path is in CAMP_AZURITE) until standard input ends, so that it never outlives whoever started it.
"use strict";
const Module = require("module");

// Telemetry is off, so its library (half of Azurite's start-up time, a quarter of its memory) is never loaded.
const load = Module._load;
Module._load = function (request, ...rest) {
  return request === "applicationinsights" ? {} : load.call(this, request, ...rest);
};

const GRACE_MS = 10000; // on a busy computer it takes seconds to write what it holds
process.stdin.on("end", () => {
  setTimeout(() => process.exit(0), GRACE_MS).unref();
  process.kill(process.pid, "SIGTERM");
});
process.stdin.on("error", () => process.exit(1));

// If the starter was killed, nobody reads this output. Failing to print must not end Azurite before it has written its data.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

// A line on standard input replaces AZURITE_ACCOUNTS, which Azurite by itself would read again after a minute.
const path = require("path");
const AccountDataStore = require(path.join(path.dirname(process.env.CAMP_AZURITE), "common", "AccountDataStore")).default;
const stores = [];
const init = AccountDataStore.prototype.init;
AccountDataStore.prototype.init = function () {
  stores.push(this);
  return init.call(this);
};
let text = "";
process.stdin.on("data", (chunk) => {
  const lines = (text + chunk).split("\n");
  text = lines.pop();
  for (const line of lines) {
    process.env.AZURITE_ACCOUNTS = line;
    stores.forEach((store) => store.refresh());
    console.log("camp: accounts changed");
  }
});

require(process.env.CAMP_AZURITE);
