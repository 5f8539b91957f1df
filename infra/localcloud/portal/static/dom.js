// Elements, and the words of the page. Text always goes in as text.

const words = JSON.parse(document.getElementById("words").textContent);

export function say(name, values = {}) {
  const text = words[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

export function byId(id) {
  return document.getElementById(id);
}

// make("p", {class: "hint", hidden: true, onclick: f}, "text", element, ...)
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Whether the camp has a page, by its path.
export function has(path) {
  return Boolean(document.querySelector(`.pages a[href="${path || "./"}"]`));
}

export function announce(text) {
  byId("said").textContent = text;
}

export function shorten(text, most = 60) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
