// The runs page: the newest runs, and one of them with its jobs, steps and logs. What is shown is in the address.

import { change, load } from "../api.js";
import { announce, byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";
import { showGraph } from "./graph.js";
import { showStarters } from "./starters.js";
import { showAnnotations, showArtifacts, showSteps, showSummary } from "./job.js";
import { badge, verdictOf } from "./verdict.js";

const EVERY_MS = 1000;
const query = new URLSearchParams(location.search);
let number = Number(query.get("run")) || null;
let job = query.has("job") ? Number(query.get("job")) : null;
let follows = number === null; // the newest run, until one is chosen

const poll = new Poll(async (current) => {
  const asked = new URLSearchParams({ ...(number && { number }), ...(job !== null && { job }) });
  const state = await load(`api/runs?${asked}`);
  if (!current()) return;
  const newest = state.runs[0]?.number ?? null;
  if ((follows && number !== newest) || (number && !state.run)) {
    const moved = number !== newest;
    number = newest;
    job = null;
    if (moved) return poll.now();
  }
  showRuns(state);
  if (state.run) showRun(state.run);
}, EVERY_MS);

function showRuns({ runs, warning, run }) {
  fill(byId("runs"), runs.map((one) => ({ ...one, current: one.number === number })), (one) => one.number, choice);
  byId("nothing").hidden = runs.length > 0;
  byId("shown").hidden = !run;
  byId("warning").textContent = warning;
}

function choice(run) {
  const about = `${run.name} ${say("number", { number: run.run_number })} · ${run.event}`;
  return make(
    "li",
    {},
    make(
      "button",
      { type: "button", "aria-current": run.current ? "true" : null, onclick: () => choose(run.number) },
      badge(verdictOf(run)),
      make("span", { class: "name" }, run.title, make("span", { class: "note" }, about)),
    ),
  );
}

function choose(next) {
  [number, job, follows] = [next, null, false];
  remember();
}

function chooseJob(place) {
  [job, follows] = [place, false];
  remember();
}

function remember() {
  const place = new URLSearchParams({ run: number, ...(job !== null && { job }) });
  history.replaceState(null, "", `?${place}`);
  byId("alert").textContent = "";
  poll.now();
}

function showRun(run) {
  if (job === null && run.jobs.length) {
    job = interesting(run.jobs);
    return poll.now();
  }
  const attempt = run.attempt > 1 ? ` · ${say("attempt", { attempt: run.attempt })}` : "";
  told(byId("run-title"), `${run.name} ${say("number", { number: run.run_number })}${attempt}`);
  const ref = run.ref.replace(/^refs\/(heads|tags|pull)\//, "");
  told(byId("about"), say("about", { event: run.event, ref, sha: run.sha.slice(0, 7), actor: run.actor }));
  const verdict = verdictOf(run);
  fill(byId("verdict"), [{ verdict, refused: run.refused }], () => 0, () => make("span", {}, badge(verdict), ` ${run.refused ?? say(verdict)}`));
  fill(byId("buttons"), acts(run), (act) => act, (act) => button(act, run.number));
  showApprovals(run);
  showGraph(byId("graph"), run.jobs, job, chooseJob);
  showAnnotations(byId("annotations"), run.annotations);
  showArtifacts(byId("artifacts"), run);
  showSteps(byId("steps"), run.jobs[job], run.number);
  showSummary(byId("summary"), run.summary);
}

// The job that is shown first: one that failed, else one that runs, else the last that ran.
function interesting(jobs) {
  const found = ["failure", "in_progress"].map((state) => jobs.findIndex((one) => verdictOf(one) === state));
  const ran = jobs.findLastIndex((one) => one.steps.length > 0);
  return found.find((place) => place >= 0) ?? Math.max(0, ran);
}

function acts(run) {
  return run.status === "completed" ? ["rerun"] : ["cancel"];
}

function button(act, of) {
  const words = { rerun: "saidRerun", cancel: "saidCancel" };
  return make("button", { type: "button", onclick: () => send({ number: of, act }, say(words[act])) }, say(act));
}

function showApprovals(run) {
  const waiting = run.jobs.flatMap((one, place) => (one.status === "waiting" ? [{ place, name: one.name, environment: one.environment }] : []));
  fill(byId("approvals"), waiting, (one) => `${run.number} ${one.place}`, (one) => {
    const answer = (act, done) => make("button", { type: "button", class: act === "approve" ? "main" : null, onclick: () => send({ number: run.number, act, job: one.place }, say(done)) }, say(act));
    return make("p", { class: "row approval" }, say("waitsFor", { job: one.name, environment: one.environment }), answer("approve", "saidApproved"), answer("reject", "saidRejected"));
  });
}

async function send(body, done, path = "api/runs/act") {
  byId("alert").textContent = "";
  try {
    const answer = await change(path, body);
    announce(done);
    if (path !== "api/runs/act") choose(answer.number);
  } catch (error) {
    byId("alert").textContent = error.message;
  }
  poll.now();
}

function told(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

byId("by-hand").addEventListener("toggle", async () => {
  if (!byId("by-hand").open) return;
  try {
    const { workflows } = await load("api/runs/workflows");
    showStarters(byId("starters"), workflows, (body) => send(body, say("saidStarted"), "api/runs/start"));
  } catch (error) {
    byId("alert").textContent = error.message;
  }
});
poll.now();
