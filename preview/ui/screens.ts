// The screens: the main one, and beside it the film's other sizes in step with it, if they are asked for.

import { el } from "./dom";
import { moved, type Player } from "./player";
import { Screen } from "./screen";

const gap = 24; // px between screens
const slack = 0.1; // s that a playing screen may be off before it is brought back

export class Screens {
  readonly main = new Screen();
  readonly element = el("div", { class: "views" }, this.main.element);
  private others: Screen[] = [];

  constructor() {
    new ResizeObserver(() => this.fit()).observe(this.element);
    const lead = this.main.player;
    lead.on("picture", () => this.fit());
    lead.on("play", () => this.each((p) => this.inStep(p)));
    lead.on("rate", () => lead.rate > 0 && this.each((p) => p.setRate(lead.rate))); // backwards they are led from frame to frame
    lead.on("values", () => this.each((p) => p.setValues(lead.values)));
    lead.on("time", () => this.each((p) => {
      const off = Math.abs(p.time - this.placeIn(p));
      if (!lead.playing || lead.rate < 0 || off > slack * Math.max(1, lead.rate)) this.inStep(p);
    }));
  }

  private each(f: (p: Player) => void): void {
    for (const s of this.others) f(s.player);
  }

  // inStep brings a player to where the main one is.
  private inStep(p: Player): void {
    const lead = this.main.player;
    const t = this.placeIn(p);
    if (lead.playing && lead.rate > 0) return p.play(t, Date.now());
    p.pause();
    p.seek(t);
  }

  // placeIn returns where in another player's film the main one is.
  private placeIn(p: Player): number {
    const lead = this.main.player;
    return moved(lead.time, lead.scenes, p.scenes, p.fps);
  }

  // choose shows one size of the film, or "all" side by side.
  choose(size: string): void {
    const film = this.main.player.film;
    for (const s of this.others) s.close();
    this.others = [];
    if (size === "all" && film) {
      for (const s of film.sizes) {
        if (s.name === film.size) continue;
        const screen = new Screen(s.name);
        screen.player.setVolume(0, true);
        screen.player.setValues(this.main.player.values);
        screen.player.on("film", () => this.inStep(screen.player));
        screen.player.on("picture", () => this.fit());
        this.others.push(screen);
        this.element.append(screen.element);
      }
    } else {
      this.main.turn(size);
    }
    this.element.classList.toggle("many", this.others.length > 0);
    this.fit();
  }

  // fit gives all screens one height, as large as there is room for, and puts them in the middle: on whole px of the page,
  // so that no picture is blurred.
  fit(): void {
    const all = [this.main, ...this.others];
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    const shapes = all.map((s) => s.player.width / s.player.height);
    const room = width - gap * (all.length - 1);
    const k = Math.max(0, Math.min(height, room / shapes.reduce((a, b) => a + b)));
    let x = Math.floor((room - shapes.reduce((sum, shape) => sum + Math.round(shape * k), 0)) / 2);
    for (const s of all) {
      const w = s.scale(k / s.player.height);
      s.element.style.translate = `${x}px ${Math.floor((height - k) / 2)}px`;
      x += w + gap;
    }
  }
}
