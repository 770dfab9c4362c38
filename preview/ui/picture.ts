// A picture is one document of a film in an iframe, steered through its driver. It belongs to one version of the film,
// shows some of its scenes or all, and never navigates: what comes after it is another picture.

import { el } from "./dom";
import type { Fault, Film, Scene } from "./film";
import type { Command, Message, Ready } from "./protocol";

type Distribute<T> = T extends unknown ? Omit<T, "n"> : never;

const pictures = new Map<Window, Picture>();

window.addEventListener("message", (e) => {
  const picture = e.source && pictures.get(e.source as Window);
  if (picture && e.origin === picture.origin) picture.hear(e.data);
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
  private window: Window | null; // the frame's: a frame that was taken out of the page has none any more

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
    // A film draws and plays; it does not move the page around it, open windows or ask questions.
    this.frame = el("iframe", { class: "film", title: film.name, allow: "autoplay", sandbox: "allow-scripts allow-same-origin", tabindex: "-1", src: at.href });
    if (film.width) this.resize(film.width, film.height);
    box.prepend(this.frame); // behind what is shown
    this.window = this.frame.contentWindow;
    if (this.window) pictures.set(this.window, this);
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

  tell(command: Command): void {
    this.window?.postMessage(command, this.origin);
  }

  // ask sends a command and waits for its answer.
  ask(command: Distribute<Extract<Command, { n: number }>>): Promise<unknown> {
    const n = ++this.asked;
    return new Promise((done) => {
      this.answers.set(n, done);
      this.tell({ ...command, n } as Command);
    });
  }

  // hear takes what the film's window says. The driver speaks there, and so may any script of the film: nothing is
  // believed to be of a shape that the page could stumble over.
  hear(said: unknown): void {
    if (typeof said !== "object" || said === null || !("is" in said)) return;
    const message = said as Message;
    switch (message.is) {
      case "ready":
        if (typeof message.ready !== "object" || !message.ready) return;
        this.isReady(sound(message.ready));
        break;
      case "time":
        if (Number.isFinite(message.t)) this.ontime(message.t, message.playing);
        break;
      case "done":
        this.answers.get(message.n)?.(message.value);
        this.answers.delete(message.n);
        break;
      case "fault":
        if (typeof message.fault?.text !== "string" || this.faults.length >= most) return;
        this.faults.push(message.fault);
        this.onfault();
    }
  }

  remove(): void {
    if (this.window) pictures.delete(this.window);
    this.frame.remove();
    for (const answered of this.answers.values()) answered(undefined); // nobody waits for what is gone
    this.answers.clear();
  }
}

const most = 200; // faults that are kept of one document; the driver says fewer

// sound returns what a film says of itself with everything that is not as it should be left out.
function sound(r: Ready): Ready {
  const number = (n: unknown, otherwise: number) => (typeof n === "number" && n > 0 && Number.isFinite(n) ? n : otherwise);
  const named = <T extends { id: string }>(list: unknown) => (Array.isArray(list) ? (list as T[]) : []).filter((v) => typeof v?.id === "string");
  return { width: number(r.width, 1920), height: number(r.height, 1080), fps: number(r.fps, 30), duration: number(r.duration, 0),
    variables: named(r.variables), scenes: named(r.scenes) };
}

// pageOf returns the page of a scene of a deck (compose writes it there).
export const pageOf = (scene: string) => `compositions/${scene}.html`;
