// How something stands: a word and a mark of it.

import { make, say } from "../dom.js";

const MARKS = { success: "✓", failure: "✗", cancelled: "⊘", skipped: "–", tolerated: "!", in_progress: "●", waiting: "‖", queued: "○" };

export function verdictOf(one) {
  return one.status === "completed" ? one.conclusion : one.status;
}

export function badge(verdict) {
  return make("span", { class: `badge-of ${verdict}` }, make("span", { "aria-hidden": "true" }, MARKS[verdict] ?? "?"), make("span", { class: "unseen" }, say(verdict)));
}

export function seconds(one) {
  if (!one.started_at) return "";
  const end = one.ended_at || Date.now() / 1000;
  return say("took", { seconds: Math.max(0, end - one.started_at).toFixed(1) });
}
