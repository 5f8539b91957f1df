// The query editor.

import { change } from "../api.js";
import { byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";

const FIRST = "SELECT * FROM c";
const FIGURES = ["retrievedDocumentCount", "outputDocumentCount", "retrievedDocumentSize", "totalExecutionTimeInMs"];
const INDEXES = ["UtilizedSingleIndexes", "UtilizedCompositeIndexes", "PotentialSingleIndexes", "PotentialCompositeIndexes"];

export class Query {
  constructor() {
    this.round = 0;
    this.text = byId("query-text");
    this.text.value = FIRST;
    byId("query-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
    byId("query-form").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.run();
      }
    });
    byId("query-next").addEventListener("click", () => this.next());
  }

  begin(place) {
    this.place = place;
    this.round += 1;
    byId("query-answer").hidden = byId("query-problem").hidden = true;
  }

  turn() {}

  run() {
    const { database, container } = this.place;
    this.rows = [];
    const body = { database, container, query: this.text.value, parameters: byId("query-parameters").value, key: byId("query-key").value };
    return this.ask("api/data/query", body);
  }

  next() {
    return this.ask("api/data/query/more", { more: this.more });
  }

  async ask(path, body) {
    this.round += 1;
    const round = this.round;
    byId("query-problem").hidden = true;
    byId("query-figures").textContent = say("running");
    byId("run-query").disabled = byId("query-next").disabled = true;
    try {
      const found = await change(path, body);
      if (round === this.round) this.show(found);
    } catch (error) {
      if (round === this.round) this.complain(error);
    }
    if (round === this.round) byId("run-query").disabled = byId("query-next").disabled = false;
  }

  show(found) {
    byId("query-answer").hidden = false;
    this.rows.push(...found.rows);
    this.more = found.more;
    byId("query-next").hidden = !found.more;
    const figures = [say(found.more ? "rows" : "allRows", { count: this.rows.length, charge: found.charge })];
    if (found.refused) figures.push(say("refusedInQuery", { count: found.refused }));
    byId("query-figures").textContent = figures.join(" · ");
    byId("query-way").textContent = say(found.planned ? "planned" : "direct");
    fill(byId("query-partitions"), found.partitions, (one) => one.partition, partition);
    byId("query-partitions").closest(".scroll").hidden = found.partitions.length === 0;
    byId("query-metrics").replaceChildren(...metrics(found));
    byId("query-rows").textContent = `[${this.rows.length ? `\n${this.rows.join(",\n")}\n` : ""}]`;
    byId("query-cut").hidden = !found.cut;
    byId("query-cut").textContent = say("cut", { count: found.cut });
  }

  // The sentence, and where the query has a place: that line with the place marked, and selected in the editor.
  complain(error) {
    const box = byId("query-problem");
    const parts = [make("p", {}, error.message)];
    byId("query-answer").hidden = true;
    const at = error.facts?.at;
    if (at) {
      const query = this.text.value;
      const [start, end] = [Math.min(at[0], query.length), Math.min(at[1], query.length)];
      const before = query.slice(0, start);
      const column = start - before.lastIndexOf("\n");
      parts.push(make("p", { class: "where" }, say("place", { line: before.split("\n").length, column })));
      parts.push(make("pre", {}, before, make("mark", {}, query.slice(start, end) || " "), query.slice(end)));
      this.text.focus();
      this.text.setSelectionRange(start, end);
    }
    box.replaceChildren(...parts);
    box.hidden = false;
  }
}

function partition({ partition: id, requests, rows, charge, refused }) {
  const cells = [requests, rows, charge.toFixed(2), refused].map((text, at) => make("td", { class: at === 3 && refused ? "number bad" : "number" }, String(text)));
  return make("tr", {}, make("th", { scope: "row" }, id), ...cells);
}

function metrics({ metrics: figures, indexes }) {
  const pairs = FIGURES.filter((name) => name in figures).map((name) => [name, String(figures[name])]);
  for (const name of INDEXES) if (indexes[name]?.length) pairs.push([name, indexes[name].join("; ")]);
  return pairs.flatMap(([name, text]) => [make("dt", {}, say(name)), make("dd", {}, text)]);
}
