// The functions page.

import { change, load } from "../api.js";
import { announce, byId, say } from "../dom.js";
import { watchFaults } from "./faults.js";
import { showHost } from "./host.js";
import { Invocations } from "./invocations.js";
import { Live, show } from "../live.js";
import { watchSettings } from "./settings.js";

const MOST_LINES = 300;
const MOST_ENTRIES = 2000; // more than the page shows
const trace = new URLSearchParams(location.search).get("trace");
const invocations = new Invocations(trace);
const lines = [];
let fresh = true;
let refreshing = null;

async function begin() {
  const state = await load("api/functions/state");
  showHost(state);
  if (state.problem) {
    show("lost", say(state.problem));
    return null;
  }
  fresh = true;
  const since = trace ? 0 : Math.max(0, state.last - MOST_ENTRIES);
  return `api/functions/live?since=${since}`;
}

function hear(entry) {
  if (fresh) {
    fresh = false;
    invocations.clear();
    lines.length = 0;
  }
  if (entry.kind.startsWith("invocation.")) invocations.hear(entry);
  else if (entry.kind === "host.log") heardLine(entry);
  if (!entry.kind.endsWith(".log")) refreshSoon();
}

function heardLine({ at, level, message }) {
  lines.push(`${new Date(at * 1000).toLocaleTimeString()} ${level} ${message}`);
  if (lines.length > MOST_LINES) lines.shift();
  byId("host-log").textContent = lines.join("\n");
}

function refreshSoon() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    try {
      showHost(await load("api/functions/state"));
    } catch {
      // The stream notices too, and begins again.
    }
  }, 150);
}

async function fault(name, done) {
  byId("alert").textContent = "";
  try {
    await change(`api/functions/faults/${name}`);
    announce(done);
  } catch (error) {
    byId("alert").textContent = error.message;
  }
  refreshSoon();
}

byId("recycle").addEventListener("click", () => fault("recycle", say("recycled")));
byId("crash").addEventListener("click", () => fault("crash", say("crashed")));
if (trace) {
  byId("filter").hidden = false;
  byId("filter-words").textContent = say("trace", { trace: trace.slice(0, 8) });
}
if (byId("fault-alert")) watchFaults();
watchSettings();
new Live(begin, hear).start();
