// An editor for one document. When somebody else was faster, both texts stand beside each other: nothing is lost.

import { button, open } from "../dialog.js";
import { make, say } from "../dom.js";

// `save(text)` throws what it cannot do; `stored()` loads what is there now, and lets `save` replace just that.
export function editor(title, content, explanation, save, stored = null) {
  const text = area(content, "dialog-title");
  const alert = make("div", { class: "alert", role: "alert" });
  const beside = make("div", { class: "beside-stored", hidden: true });
  const saveButton = button(say("save"), () => run(), "main");
  const show = button(say("loadStored"), () => showStored());
  show.hidden = true;
  const dialog = open(title, [text, beside, make("p", { class: "hint" }, explanation), alert], [button(say("cancel"), () => dialog.close()), show, saveButton], "editor");

  async function run() {
    alert.textContent = "";
    saveButton.disabled = true;
    try {
      await save(text.value);
      dialog.close();
    } catch (error) {
      const conflict = Boolean(error.facts?.conflict && stored);
      alert.textContent = conflict ? say("conflict") : error.message;
      show.hidden = !conflict;
    }
    saveButton.disabled = false;
  }

  async function showStored() {
    try {
      const other = area(await stored(), "stored-title");
      other.readOnly = true;
      beside.replaceChildren(make("h3", { id: "stored-title" }, say("storedNow")), other);
      beside.hidden = false;
      show.hidden = true;
      alert.textContent = "";
      saveButton.textContent = say("saveOver");
      other.focus();
    } catch (error) {
      alert.textContent = error.message;
    }
  }

  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  return dialog;
}

function area(content, label) {
  const made = make("textarea", { spellcheck: "false", "aria-labelledby": label });
  made.value = content;
  return made;
}
