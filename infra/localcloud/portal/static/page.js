// What both pages need: texts, elements, requests and the live journal.

export const strings = JSON.parse(document.getElementById("strings").textContent);

/** The text `name` with its {placeholders} filled in. */
export function text(name, values = {}) {
  return strings[name].replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
}

/** An element with properties and children; strings become text, never HTML. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const alertBox = document.getElementById("alert");

/** Shows a problem until `calm()`. */
export function alarm(words) {
  if (alertBox.textContent !== words) alertBox.textContent = words;
  alertBox.hidden = false;
}

export function calm() {
  alertBox.hidden = true;
  alertBox.textContent = "";
}

/** GETs JSON; throws with the server's own words. */
export async function get(path) {
  return answered(await fetch(path, { cache: "no-store" }));
}

/** POSTs JSON; throws with the server's own words. */
export async function post(path, content = {}) {
  const headers = { "Content-Type": "application/json", "X-Camp": "1" };
  return answered(await fetch(path, { method: "POST", headers, body: JSON.stringify(content) }));
}

async function answered(response) {
  const content = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(content.error || `${response.status} ${response.statusText}`);
  return content;
}

/**
 * Keeps a page up to date for ever: `load()` reads everything and returns the journal's number, `take(entry)` gets each
 * later entry. When the connection is lost, everything is read again.
 */
export async function follow(path, load, take) {
  for (;;) {
    try {
      const number = await load();
      calm();
      await stream(`${path}?since=${number}`, take);
    } catch (problem) {
      alarm(problem instanceof TypeError ? text("lost") : problem.message);
    }
    await new Promise((wake) => setTimeout(wake, 700));
  }
}

function stream(address, take) {
  return new Promise((resolve) => {
    const source = new EventSource(address);
    source.onmessage = (event) => take(JSON.parse(event.data));
    source.onerror = () => {
      source.close();
      resolve();
    };
  });
}
