// The heat map as a grid that stays in place while it moves on: the focus stays on its cell, and so does its reading.

import { byId, make, say } from "../dom.js";
import { head, LEVELS, row } from "./heatcells.js";
import { fill } from "../keyed.js";

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const MANY = 8;

export class HeatMap {
  constructor() {
    this.table = byId("map");
    this.rows = byId("map-rows");
    this.place = null; // {at, column} of the cell that Tab reaches
    this.table.addEventListener("keydown", (event) => this.key(event));
    this.table.addEventListener("focusin", (event) => this.reached(event.target.closest(".cell")));
    this.table.addEventListener("focusout", () => this.read());
    this.table.addEventListener("pointerover", (event) => this.read(event.target.closest(".cell")));
    this.table.addEventListener("pointerleave", () => this.read());
    this.legend();
    this.read();
  }

  legend() {
    const end = (text) => make("li", { class: "end" }, text);
    const steps = Array.from({ length: LEVELS }, (_none, at) => make("li", { "data-level": at }));
    byId("scale").replaceChildren(end("0"), ...steps, end(say("atLimit")));
  }

  show({ columns, rows, step, now }) {
    const focused = this.rows.contains(document.activeElement);
    const items = rows.map((one, place) => ({ ...one, step, ids: columns.map((one) => one.id), newest: place === 0 }));
    this.table.dataset.many = columns.length > MANY;
    this.table.dataset.columns = Math.min(columns.length, MANY);
    const heads = [{ corner: true }, ...columns];
    fill(byId("map-columns"), heads, (one) => one.id ?? "corner", (one) => (one.corner ? make("td", { class: "corner" }) : head(one)));
    fill(this.rows, items, (one) => one.at, row);
    this.now = now;
    this.settle(focused);
  }

  // Keeps one cell in Tab's way; gives the focus back to the cell that was replaced under it.
  settle(focused) {
    const found = this.cell(this.place) ?? this.rows.querySelector(".cell");
    if (!found) return;
    this.mark(found);
    if (focused && !this.rows.contains(document.activeElement)) found.focus({ preventScroll: true });
    if (this.told && !this.told.isConnected) this.read(this.cell(this.toldPlace));
  }

  cell(place) {
    return place && this.rows.querySelector(`tr[data-at="${place.at}"] [data-column="${place.column}"]`);
  }

  placeOf(cell) {
    return { at: cell.parentElement.dataset.at, column: Number(cell.dataset.column) };
  }

  mark(cell) {
    this.rows.querySelector('.cell[tabindex="0"]')?.setAttribute("tabindex", "-1");
    cell.setAttribute("tabindex", "0");
    this.place = this.placeOf(cell);
  }

  reached(cell) {
    if (!cell) return;
    this.mark(cell);
    this.read(cell);
  }

  read(cell = null) {
    this.told = cell;
    this.toldPlace = cell && this.placeOf(cell);
    byId("readout").textContent = cell ? cell.getAttribute("aria-label") : say("pointAt");
  }

  key(event) {
    const cell = event.target.closest(".cell");
    const step = STEPS[event.key];
    if (!cell || (!step && event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    const line = [...this.rows.children];
    const at = line.indexOf(cell.parentElement);
    const cells = cell.parentElement.querySelectorAll(".cell");
    const column = Number(cell.dataset.column);
    const wanted = step ? column + step[1] : event.key === "Home" ? 0 : cells.length - 1;
    const next = line[at + (step?.[0] ?? 0)]?.querySelectorAll(".cell")[wanted];
    next?.focus();
  }
}
