// A picture is one document of a film in an iframe, steered through its driver. It belongs to one version of the film,
// shows some of its scenes or all, and never navigates: what comes after it is another picture.

import { el } from "./dom";
import type { Fault, Film, Scene } from "./film";
import type { Command, Message, Ready } from "./protocol";

const mostFaults = 100; // a film may complain in every frame

type Distribute<T> = T extends unknown ? Omit<T, "n"> : never;

const pictures = new Map<Window, Picture>();

window.addEventListener("message", (e) => {
  const picture = e.source && pictures.get(e.source as Window);
  if (picture && e.origin === picture.origin) picture.hear(e.data as Message);
});

export class Picture {
  readonly frame: HTMLIFrameElement;
  readonly ready: Promise<Ready>;
  readonly origin: string;
  readonly faults: Fault[] = [];
  width = 0; // px
  height = 0;
  hash: string; // of the version that it shows; style sheets can be swapped to a newer one
  pages: Record<string, string>;
  ontime: (t: number, playing: boolean) => void = () => {};
  onfault: () => void = () => {};

  private asked = 0;
  private answers = new Map<number, (value: unknown) => void>();
  private isReady: (r: Ready) => void = () => {};

  // scenes null = all of them. values are those of variables that were set.
  constructor(film: Film, readonly scenes: Scene[] | null, readonly values: Record<string, unknown>, box: Element) {
    this.hash = film.hash;
    this.pages = film.pages;
    const query = new URLSearchParams();
    if (scenes) query.set("scenes", scenes.map((s) => s.id).join(","));
    if (Object.keys(values).length) query.set("vars", JSON.stringify(values));
    const at = new URL(`${film.hash}/${film.entry}?${query}`, film.stage);
    this.origin = at.origin;
    this.ready = new Promise((done) => (this.isReady = done));
    this.frame = el("iframe", { class: "film", title: film.name, allow: "autoplay", tabindex: "-1", src: at.href });
    if (film.width) this.resize(film.width, film.height);
    box.prepend(this.frame); // behind what is shown
    if (this.frame.contentWindow) pictures.set(this.frame.contentWindow, this);
  }

  resize(width: number, height: number): void {
    [this.width, this.height] = [width, height];
    this.frame.style.width = `${width}px`;
    this.frame.style.height = `${height}px`;
  }

  // covers reports whether what the film shows from one time to another is in this document.
  covers(all: Scene[], from: number, to = from): boolean {
    return !this.scenes || all.every((s) => s.start > to || s.start + s.duration <= from || this.has(s.id));
  }

  has(id: string): boolean {
    return !this.scenes || this.scenes.some((s) => s.id === id);
  }

  // stale reports whether a version of the film would make another picture of these scenes.
  stale(film: Film): boolean {
    const shown = (page: string) => page === film.entry || page === "*" || !this.scenes || this.scenes.some((s) => page === pageOf(s.id));
    const pages = new Set([...Object.keys(film.pages), ...Object.keys(this.pages)]);
    return [...pages].some((page) => shown(page) && film.pages[page] !== this.pages[page]);
  }

  tell(command: Command | { do: "pause" }): void {
    this.frame.contentWindow?.postMessage(command, this.origin);
  }

  // ask sends a command and waits for its answer.
  ask(command: Distribute<Extract<Command, { n: number }>>): Promise<unknown> {
    const n = ++this.asked;
    return new Promise((done) => {
      this.answers.set(n, done);
      this.tell({ ...command, n } as Command);
    });
  }

  hear(message: Message): void {
    switch (message.is) {
      case "ready":
        this.isReady(message.ready);
        break;
      case "time":
        this.ontime(message.t, message.playing);
        break;
      case "done":
        this.answers.get(message.n)?.(message.value);
        this.answers.delete(message.n);
        break;
      case "fault":
        if (this.faults.length < mostFaults) this.faults.push(message.fault);
        this.onfault();
    }
  }

  remove(): void {
    if (this.frame.contentWindow) pictures.delete(this.frame.contentWindow);
    this.frame.remove();
  }
}

// pageOf returns the page of a scene of a deck (compose writes it there).
export const pageOf = (scene: string) => `compositions/${scene}.html`;
