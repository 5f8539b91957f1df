// Jobs as a graph: a column for each step away from the first jobs, lines from what is needed to what needs it.

import { make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { badge, seconds, verdictOf } from "./verdict.js";

const SVG = "http://www.w3.org/2000/svg";
const drawn = new WeakMap();

export function showGraph(place, jobs, chosen, choose) {
  const columns = inColumns(jobs);
  const items = columns.map((column, at) => ({ at, jobs: column.map((one) => facts(jobs[one], one, one === chosen)) }));
  fill(place, items, (column) => column.at, (column) => make("ol", { class: "column" }, ...column.jobs.map((one) => card(one, choose))));
  const shape = JSON.stringify([columns, place.clientWidth, jobs.map((one) => one.name)]);
  if (drawn.get(place) !== shape || !place.querySelector("svg")) {
    drawn.set(place, shape);
    lines(place, jobs);
  }
}

function facts(job, place, current) {
  const { name, environment, reason, needs } = job;
  return { name, environment, reason, needs, place, current, verdict: verdictOf(job), time: job.status === "completed" ? seconds(job) : "" };
}

function card(job, choose) {
  const more = [job.environment && say("environment", { environment: job.environment }), job.reason].filter(Boolean).join(" · ");
  return make(
    "li",
    { "data-place": job.place },
    make(
      "button",
      { type: "button", class: `job ${job.verdict}`, "aria-current": job.current ? "true" : null, onclick: () => choose(job.place) },
      badge(job.verdict),
      make("span", { class: "name" }, job.name),
      make("span", { class: "note" }, job.time),
      more ? make("span", { class: "note more" }, more) : null,
      job.needs.length ? make("span", { class: "unseen" }, say("needs", { needs: job.needs.join(", ") })) : null,
    ),
  );
}

function inColumns(jobs) {
  const places = new Map();
  jobs.forEach((job, place) => places.set(job.id, [...(places.get(job.id) ?? []), place]));
  const depth = jobs.map(() => 0);
  for (let round = 0; round < jobs.length; round += 1) {
    jobs.forEach((job, place) => {
      const before = job.needs.flatMap((id) => places.get(id) ?? []).map((one) => depth[one] + 1);
      depth[place] = Math.min(jobs.length, Math.max(0, ...before));
    });
  }
  const columns = Array.from({ length: Math.max(0, ...depth) + 1 }, () => []);
  depth.forEach((column, place) => columns[column].push(place));
  return columns.filter((column) => column.length);
}

function lines(place, jobs) {
  place.querySelector("svg")?.remove();
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const box = place.getBoundingClientRect();
  const at = (one) => place.querySelector(`[data-place="${one}"]`)?.getBoundingClientRect();
  jobs.forEach((job, to) => {
    jobs.forEach((needed, from) => {
      const [a, b] = [at(from), at(to)];
      if (!job.needs.includes(needed.id) || !a || !b) return;
      const [x1, y1] = [a.right - box.left + place.scrollLeft, a.top + a.height / 2 - box.top];
      const [x2, y2] = [b.left - box.left + place.scrollLeft, b.top + b.height / 2 - box.top];
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", `M${x1},${y1} C${(x1 + x2) / 2},${y1} ${(x1 + x2) / 2},${y2} ${x2},${y2}`);
      svg.append(path);
    });
  });
  svg.setAttribute("width", place.scrollWidth);
  svg.setAttribute("height", place.scrollHeight);
  place.append(svg);
}
