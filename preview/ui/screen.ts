// A screen is a player with its picture, in one size of the film.

import { el, text } from "./dom";
import type { Film } from "./film";
import { Player } from "./player";
import { sizeName } from "./sizes";

export class Screen {
  readonly stage = el("div", { class: "stage" });
  readonly over = el("div", { class: "over" }); // lies over the picture, has its size on the page
  readonly element: HTMLElement;
  readonly player = new Player(this.stage);
  onlive: (live: boolean) => void = () => {};
  oncursor: (file: string, line: number) => void = () => {};
  private caption = el("figcaption");
  private events: EventSource | null = null;

  constructor(size = "") {
    this.element = el("figure", { class: "screen" }, this.stage, this.over, this.caption);
    this.player.on("picture", () => text(this.caption, sizeName(this.player.film?.size ?? "")));
    this.turn(size);
  }

  // turn shows another size; "" is the film's first.
  turn(size: string): void {
    this.events?.close();
    const events = (this.events = new EventSource(size ? `events?size=${encodeURIComponent(size)}` : "events"));
    events.addEventListener("film", (e) => void this.player.update(JSON.parse(e.data as string) as Film));
    events.addEventListener("cursor", (e) => {
      const at = JSON.parse(e.data as string) as { file: string; line: number };
      this.oncursor(at.file, at.line);
    });
    events.onopen = () => this.onlive(true);
    events.onerror = () => this.onlive(false);
  }

  // scale draws the picture k times its size, on whole px of the page, and returns its width there.
  scale(k: number): number {
    const { width, height } = this.player;
    const [w, h] = [Math.round(width * k), Math.round(height * k)];
    Object.assign(this.stage.style, { width: `${width}px`, height: `${height}px`, transform: `scale(${w / width}, ${h / height})` });
    Object.assign(this.element.style, { width: `${w}px`, height: `${h}px` });
    return w;
  }

  close(): void {
    this.events?.close();
    this.player.close();
    this.element.remove();
  }
}
