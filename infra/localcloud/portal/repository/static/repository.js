// The repository's page: a branch's files and commits, pull requests. What is shown is in the address.

import { load } from "../api.js";
import { byId, make, say } from "../dom.js";
import { Poll } from "../poll.js";
import { Tabs } from "../tabs.js";
import { showCommit, showCommits } from "./commits.js";
import { showEditor, showFiles } from "./files.js";
import { showPull, showPulls } from "./pulls.js";

const EVERY_MS = 2000;
const KEYS = ["tab", "branch", "path", "sha", "pull", "state", "page", "edit"];
let place = read();
let overview = null;
let shown = "";

const tabs = new Tabs(document.querySelector("[role=tablist]"), (tab) => {
  if (tab !== (place.tab ?? "files")) go({ tab });
});
const poll = new Poll(async (current) => {
  const found = await load("api/repository");
  if (!current()) return;
  showOverview(found);
  await show(current);
}, EVERY_MS);

function read() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(KEYS.filter((key) => query.has(key)).map((key) => [key, query.get(key)]));
}

// Shows another place; the branch stays unless it is named.
export function go(next) {
  const whole = { branch: place.branch, ...next };
  place = Object.fromEntries(Object.entries(whole).filter(([, value]) => value));
  history.pushState(null, "", `?${new URLSearchParams(place)}`);
  enter();
}

function enter() {
  shown = "";
  byId("alert").textContent = "";
  tabs.choose(place.tab ?? "files");
  poll.now();
}

export function address(next) {
  return `?${new URLSearchParams({ ...(place.branch && { branch: place.branch }), ...next })}`;
}

// A link to another place on this page.
export function link(next, ...content) {
  const follow = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(next);
  };
  return make("a", { href: address(next), onclick: follow }, ...content);
}

// Does something that may be refused; the reason is shown.
export async function attempt(act) {
  byId("alert").textContent = "";
  try {
    await act();
    return true;
  } catch (error) {
    byId("alert").textContent = error.message;
    return false;
  }
}

export function again() {
  shown = "";
  return poll.now();
}

function showOverview(found) {
  overview = found;
  byId("name").textContent = found.name;
  byId("remote").textContent = found.remote;
  byId("tab-pulls").textContent = say("pulls", { count: found.open });
  const names = found.branches.map((one) => one.name);
  if (place.branch && !names.includes(place.branch)) delete place.branch;
  const text = JSON.stringify([names, branch()]);
  if (byId("branch").dataset.names === text) return;
  byId("branch").dataset.names = text;
  byId("branch").replaceChildren(...names.map((name) => make("option", { value: name, selected: name === branch() }, name)));
}

function branch() {
  return place.branch ?? overview.main;
}

// Loads what the place shows; draws it when it differs from what is there.
async function show(current) {
  const panel = byId(place.tab ?? "files");
  if (!overview.branches.length) {
    panel.replaceChildren(make("p", { class: "hint" }, say("empty")));
    return;
  }
  if (place.edit && shown) return; // what is being written stays
  const [path, draw] = view();
  const found = await load(path);
  const text = JSON.stringify([found, overview.branches]);
  if (!current() || text === shown) return;
  const top = byId("main").scrollTop;
  panel.replaceChildren(...draw(found, { branch: branch(), main: overview.main, branches: overview.branches.map((one) => one.name) }));
  byId("main").scrollTop = shown ? top : 0;
  shown = text;
}

function view() {
  const query = (values) => new URLSearchParams(values);
  if (place.tab === "commits" && place.sha) return [`api/repository/commit?${query({ sha: place.sha })}`, showCommit];
  if (place.tab === "commits") return [`api/repository/commits?${query({ branch: branch(), page: place.page ?? 1 })}`, showCommits(Number(place.page ?? 1))];
  if (place.tab === "pulls" && place.pull) return [`api/repository/pull?${query({ number: place.pull })}`, showPull];
  if (place.tab === "pulls") return [`api/repository/pulls?${query({ state: place.state ?? "open" })}`, showPulls(place.state ?? "open")];
  const files = `api/repository/files?${query({ branch: branch(), path: place.path ?? "" })}`;
  return [files, place.edit ? showEditor(place.edit) : showFiles];
}

byId("branch").addEventListener("change", (event) => go({ tab: place.tab === "pulls" ? "files" : place.tab, branch: event.target.value }));
window.addEventListener("popstate", () => {
  place = read();
  enter();
});
enter();
