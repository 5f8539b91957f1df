// Which channel is open and who speaks. A wide page has a list of each; where there is little room, the head has a menu.

import { byId, make } from "../dom.js";
import { avatar } from "./message.js";

// `enter` and `become` hear of a channel and a person that were chosen here.
export class Places {
  constructor(enter, become) {
    Object.assign(this, { enter, become, channel: null, person: null, channels: [], people: [] });
    byId("channel-menu").addEventListener("change", (event) => this.enter(this.channels[event.target.selectedIndex]));
    byId("person-menu").addEventListener("change", (event) => this.become(this.people[event.target.selectedIndex]));
  }

  // The channels and people of a state; those of before stay chosen, by name: ids are new after a restart.
  fill({ channels, people }) {
    Object.assign(this, { channels, people });
    this.channel = find(channels, this.channel?.name ?? remembered("channel"));
    this.person = find(people, this.person?.name ?? remembered("person"));
    this.draw();
  }

  choose(kind, one) {
    this[kind] = one;
    remember(kind, one.name);
    this.draw();
  }

  draw() {
    const focused = { channel: byId("channels").contains(document.activeElement), person: byId("people").contains(document.activeElement) };
    byId("channels").replaceChildren(...this.channels.map((one) => make("li", {}, this.channelButton(one))));
    byId("people").replaceChildren(...this.people.map((one) => this.personChoice(one)));
    fillMenu(byId("channel-menu"), this.channels, this.channel, (one) => `#${one.name}`);
    fillMenu(byId("person-menu"), this.people, this.person, (one) => one.name);
    byId("room-name").textContent = `#${this.channel.name}`;
    if (focused.channel) byId("channels").querySelector("[aria-current]").focus();
    if (focused.person) byId("people").querySelector("input:checked").focus();
  }

  channelButton(channel) {
    const hash = make("span", { "aria-hidden": "true", class: "hash" }, "#");
    const current = channel.id === this.channel.id ? "true" : null;
    return make("button", { type: "button", "aria-current": current, onclick: () => this.enter(channel) }, hash, channel.name);
  }

  personChoice(person) {
    const radio = make("input", { type: "radio", name: "person", value: person.id, class: "unseen", onchange: () => this.become(person) });
    radio.checked = person.id === this.person.id;
    return make("label", {}, radio, avatar(person.name, false), person.name);
  }
}

function find(list, name) {
  return list.find((one) => one.name === name) ?? list[0];
}

function fillMenu(menu, list, chosen, text) {
  menu.replaceChildren(...list.map((one) => make("option", {}, text(one))));
  menu.selectedIndex = list.findIndex((one) => one.id === chosen.id);
}

function remembered(kind) {
  try {
    return sessionStorage.getItem(`camp.${kind}`);
  } catch {
    return null;
  }
}

function remember(kind, name) {
  try {
    sessionStorage.setItem(`camp.${kind}`, name);
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}
