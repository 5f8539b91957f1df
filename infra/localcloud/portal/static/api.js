// Asking the portal. Addresses are relative: the page may be served under any prefix.

import { say } from "./dom.js";

export async function load(path) {
  const answer = await reach(path, { cache: "no-store" });
  return answer.json();
}

export async function change(path, body = {}) {
  const answer = await reach(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Camp": "1" },
    body: JSON.stringify(body),
  });
  return answer.json();
}

// A file as the body.
export async function send(path, file) {
  const headers = { "Content-Type": file.type || "application/octet-stream", "X-Camp": "1" };
  const answer = await reach(path, { method: "POST", headers, body: file });
  return answer.json();
}

async function reach(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error(say("unreachable"));
  }
  if (answer.ok) return answer;
  const found = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(found.error ?? say("unreachable")), { facts: found });
}
