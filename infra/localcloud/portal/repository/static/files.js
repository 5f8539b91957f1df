// A branch's folders and files, and the editor of one file.

import { change } from "../api.js";
import { announce, make, say } from "../dom.js";
import { attempt, go, link } from "./repository.js";

const [LEAST_ROWS, MOST_ROWS] = [6, 24];

export function showFiles({ path, entries, file }) {
  if (file) return [trail(path), ...oneFile(file)];
  const rows = entries.map((one) =>
    make(
      "li",
      { class: one.type },
      one.type === "submodule" ? make("span", { title: say("submodule") }, one.name) : link({ path: one.path }, one.type === "dir" ? `${one.name}/` : one.name),
      make("span", { class: "hint" }, one.type === "file" ? say("bytes", { size: one.size }) : ""),
    ),
  );
  const add = make("button", { type: "button", onclick: () => go({ path, edit: "new" }) }, say("newFile"));
  return [make("div", { class: "heading" }, trail(path), add), make("ul", { class: "file-list" }, ...rows)];
}

function oneFile(file) {
  if (file.text === null) return [make("p", { class: "hint" }, say("noText", { size: file.size }))];
  const edit = make("button", { type: "button", class: "main", onclick: () => go({ path: file.path, edit: "file" }) }, say("edit"));
  return [make("div", { class: "row" }, edit), make("pre", { class: "file-text", tabindex: "0" }, file.text)];
}

// The folders that lead to a path, each a link.
function trail(path) {
  const parts = path ? path.split("/") : [];
  const links = parts.map((name, at) => (at === parts.length - 1 ? make("span", { "aria-current": "page" }, name) : link({ path: parts.slice(0, at + 1).join("/") }, name)));
  const items = [path ? link({}, say("root")) : make("span", {}, say("root")), ...links];
  return make("ol", { class: "trail" }, ...items.map((one) => make("li", {}, one)));
}

// `kind` is "file" or "new" (in the folder that is shown).
export function showEditor(kind) {
  return ({ path, file }, { branch }) => {
    const before = kind === "file" && file ? (file.text ?? "") : "";
    const rows = Math.min(Math.max(before.split("\n").length + 2, LEAST_ROWS), MOST_ROWS);
    const text = make("textarea", { id: "edit-text", class: "code-input", rows, spellcheck: "false" });
    text.value = before;
    const name = make("input", { id: "edit-path", required: true, autocomplete: "off", spellcheck: "false", readonly: kind === "file" });
    name.value = kind === "file" ? path : path && `${path}/`;
    const message = make("input", { id: "edit-message", autocomplete: "off", maxlength: 200 });
    const target = make("input", { id: "edit-branch", autocomplete: "off", spellcheck: "false" });
    target.value = branch;
    const usual = () => say(kind === "file" ? "update" : "create", { file: name.value.split("/").pop() });
    message.placeholder = usual();
    name.addEventListener("input", () => (message.placeholder = usual()));
    const save = async (event) => {
      event.preventDefault();
      const to = target.value.trim();
      const body = { path: name.value, text: text.value, message: message.value.trim() || usual(), branch: to };
      if (kind === "file") body.sha = file.sha;
      if (to !== branch) body.start = branch;
      if (!(await attempt(() => change("api/repository/write", body)))) return;
      announce(say("committed", { branch: to }));
      go({ branch: to, path: body.path });
    };
    const field = (words, input) => make("label", {}, make("span", {}, say(words)), input);
    const buttons = make(
      "div",
      { class: "row" },
      make("button", { type: "submit", class: "main" }, say("commit")),
      make("button", { type: "button", onclick: () => go({ path }) }, say("cancel")),
      make("span", { class: "hint" }, say("newBranch")),
    );
    return [make("form", { class: "edit", onsubmit: save }, field("path", name), field("text", text), field("message", message), field("branch", target), buttons)];
  };
}
