// A screen is a player with its picture, scaled to the room that it is given.

import { el } from "./dom";
import type { Film } from "./film";
import { Player } from "./player";

export class Screen {
  readonly stage = el("div", { class: "stage" });
  readonly over = el("div", { class: "over" }); // what is drawn over the picture, in px of the page
  readonly element: HTMLElement;
  readonly player = new Player(this.stage);
  private events: EventSource;

  // size "" is the film's first.
  constructor(readonly size: string, private listens: { live?: (on: boolean) => void; cursor?: (file: string, line: number) => void } = {}) {
    this.element = el("figure", { class: "screen", style: "margin:0" }, this.stage, this.over);
    this.events = new EventSource(size ? `events?size=${encodeURIComponent(size)}` : "events");
    this.events.addEventListener("film", (e) => void this.player.update(JSON.parse(e.data as string) as Film));
    this.events.addEventListener("cursor", (e) => {
      const at = JSON.parse(e.data as string) as { file: string; line: number };
      this.listens.cursor?.(at.file, at.line);
    });
    this.events.onopen = () => this.listens.live?.(true);
    this.events.onerror = () => this.listens.live?.(false);
  }

  // fit scales the picture into a box of px and returns the scale.
  fit(width: number, height: number): number {
    const p = this.player;
    const k = Math.min(width / p.width, height / p.height);
    this.stage.style.width = `${p.width}px`;
    this.stage.style.height = `${p.height}px`;
    this.stage.style.transform = `scale(${k})`;
    this.element.style.width = `${p.width * k}px`;
    this.element.style.height = `${p.height * k}px`;
    return k;
  }

  close(): void {
    this.events.close();
    this.element.remove();
  }
}
