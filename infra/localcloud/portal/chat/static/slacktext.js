// Slack's text, as elements and as a person would type it. https://docs.slack.dev/messaging/formatting-message-text

import { make } from "../dom.js";

const PART = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<!\w)_([^_\n]+)_(?!\w)/g;

function plain(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

function reference(inside, names) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return { kind: "mention", text: `@${names.user(target.slice(1)) ?? label ?? target.slice(1)}` };
  if (target.startsWith("#")) return { kind: "mention", text: `#${names.channel(target.slice(1)) ?? label ?? target.slice(1)}` };
  if (target.startsWith("!")) return { kind: "mention", text: `@${label ?? target.slice(1)}` };
  if (/^(https?|mailto):/i.test(target)) return { kind: "link", text: plain(label ?? target), target: plain(target) };
  return { kind: "text", text: plain(`<${inside}>`) };
}

function shown(match, names) {
  const [whole, block, code, inside, bold, italic] = match;
  if (block !== undefined) return make("pre", {}, plain(block.replace(/^\n|\n$/g, "")));
  if (code !== undefined) return make("code", {}, plain(code));
  if (bold !== undefined) return make("strong", {}, ...elements(bold, names));
  if (italic !== undefined) return make("em", {}, ...elements(italic, names));
  const found = reference(inside, names);
  if (found.kind === "link") return make("a", { href: found.target, target: "_blank", rel: "noopener noreferrer" }, found.text);
  return found.kind === "mention" ? make("span", { class: "mention" }, found.text) : document.createTextNode(found.text ?? whole);
}

export function elements(text, names) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(PART)) {
    parts.push(document.createTextNode(plain(text.slice(end, match.index))), shown(match, names));
    end = match.index + match[0].length;
  }
  parts.push(document.createTextNode(plain(text.slice(end))));
  return parts;
}

export function typed(text, names) {
  const parts = text.split(/<([^<>\n]+)>/);
  return parts.map((part, index) => (index % 2 ? reference(part, names).text : plain(part))).join("");
}

// What a message says; one that has only blocks says their text.
export function textOf(message) {
  if (message.text) return message.text;
  const found = [...(message.blocks ?? []), ...(message.attachments ?? [])].map(
    (part) => part?.text?.text ?? part?.text ?? part?.fallback ?? "",
  );
  return found.filter((part) => typeof part === "string" && part).join("\n");
}
