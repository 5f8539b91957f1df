// A listing that comes in pages: the first is read again and again, until a person asks for more.

import { load } from "./api.js";

export class Pages {
  // `address(name)` is that of the first page; `show(items)` shows all that is loaded.
  constructor(address, member, more, show, fail) {
    Object.assign(this, { address, member, more, show, fail, name: null, items: [], next: null, pages: 1, round: 0 });
    more.addEventListener("click", () => this.append().catch(fail));
  }

  begin(name) {
    Object.assign(this, { name, items: [], next: null, pages: 1, round: this.round + 1 });
  }

  async refresh() {
    if (this.pages > 1) return;
    this.round += 1;
    const round = this.round;
    const found = await load(this.address(this.name));
    if (round === this.round) this.put([], found);
  }

  async append() {
    this.round += 1;
    const round = this.round;
    const found = await load(`${this.address(this.name)}&after=${encodeURIComponent(this.next)}`);
    if (round !== this.round) return;
    this.pages += 1;
    this.put(this.items, found);
  }

  put(before, found) {
    this.found = found;
    this.items = [...before, ...found[this.member]];
    this.next = found.next;
    this.more.hidden = !found.next;
    this.show(this.items);
  }
}
