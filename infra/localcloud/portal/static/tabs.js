// Tabs as the ARIA practice guide has them: arrows go round, the chosen one is in Tab's way.

const TURN = { ArrowRight: 1, ArrowLeft: -1 };

export class Tabs {
  // `list` is the role=tablist; `changed(name)` hears the id of the panel that is shown.
  constructor(list, changed) {
    Object.assign(this, { tabs: [...list.querySelectorAll("[role=tab]")], changed });
    list.addEventListener("click", (event) => event.target.closest("[role=tab]") && this.choose(panelOf(event.target.closest("[role=tab]"))));
    list.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const at = this.tabs.indexOf(event.target);
    const next = event.key === "Home" ? 0 : event.key === "End" ? this.tabs.length - 1 : event.key in TURN ? at + TURN[event.key] : null;
    if (at < 0 || next === null) return;
    event.preventDefault();
    const tab = this.tabs[(next + this.tabs.length) % this.tabs.length];
    tab.focus();
    this.choose(panelOf(tab));
  }

  // Shows a panel; an unknown name shows the first.
  choose(name) {
    this.shown = this.tabs.some((tab) => panelOf(tab) === name) ? name : panelOf(this.tabs[0]);
    for (const tab of this.tabs) {
      const chosen = panelOf(tab) === this.shown;
      tab.setAttribute("aria-selected", String(chosen));
      tab.setAttribute("tabindex", chosen ? "0" : "-1");
      document.getElementById(panelOf(tab)).hidden = !chosen;
    }
    this.changed(this.shown);
  }
}

function panelOf(tab) {
  return tab.getAttribute("aria-controls");
}
