// A page with the panels on it and a player that only remembers what it was asked for.
import { card } from "../ui/card";
import type { Fault, Film, Scene, Variable } from "../ui/film";
import { begun, wordTimes } from "../ui/narration";
import { overlay, overlayMenu } from "../ui/overlay";
import { panel } from "../ui/panel";
import type { PlayerEvents, PlayerView } from "../ui/player";
import { excerpt } from "../ui/problems";
import { sheet } from "../ui/sheet";
import { sizeSwitch } from "../ui/sizes";

const words = "The release is ready today and it does three things".split(" ");

function scenes(n: number): Scene[] {
  return Array.from({ length: n }, (_, i) => ({
    id: `s${i}`, title: `Scene <b>${i}</b>`, layout: "title", line: 10 * i + 1, end: 10 * i + 9, start: 4 * i, duration: 4, rule: "read",
    reason: "10 words at 180 a minute, and a long sentence that tells why so that it must take a second line", estimated: i % 2 === 0, elements: [],
    narration: { words, cues: [{ word: 5, time: 4 * i + 3, label: "item 1" }], start: 4 * i, duration: 4, line: 10 * i + 5 },
  }));
}

const variables: Variable[] = [
  { id: "title", type: "string", label: "Title", default: "Launch" },
  { id: "size", type: "number", label: "Size", default: 72, min: 24, max: 160, step: 1, unit: "px" },
  { id: "ink", type: "color", label: "Ink", default: "#102030" },
  { id: "logo", type: "boolean", label: "Logo", default: true },
  { id: "mood", type: "enum", label: "Mood", default: "calm", options: [{ value: "calm", label: "Calm" }, { value: "bold", label: "Bold" }] },
];

const sizes = [{ name: "landscape", width: 1920, height: 1080 }, { name: "portrait", width: 1080, height: 1920 }];

const film: Film = {
  kind: "deck", name: "launch", file: "video.md", root: "", editor: "", size: "landscape", sizes, build: 1, took: 1, hash: "one", stage: "/", entry: "index.html",
  pages: {}, from: "", styles: null, width: 1920, height: 1080, fps: 30, duration: 80, scenes: scenes(20), broken: false, diagnostics: [],
};

class Player implements PlayerView {
  film: Film = film;
  scenes = film.scenes;
  duration = film.duration;
  fps = 30;
  width = 1920;
  height = 1080;
  time = 0;
  playing = false;
  rate = 1;
  range = null;
  loop = false;
  volume = 1;
  muted = false;
  variables = variables;
  values: Record<string, unknown> = {};
  faults: Fault[] = [];
  calls: unknown[] = [];
  private listeners: Partial<Record<keyof PlayerEvents, ((value: never) => void)[]>> = {};

  on<K extends keyof PlayerEvents>(name: K, f: (value: PlayerEvents[K]) => void): () => void {
    const list: ((value: never) => void)[] = (this.listeners[name] ??= []);
    list.push(f);
    return () => {};
  }
  tell(name: keyof PlayerEvents): void {
    for (const f of this.listeners[name] ?? []) f(undefined as never);
  }
  build(change: Partial<Film>): void {
    this.film = { ...this.film, build: this.film.build + 1, ...change };
    this.scenes = this.film.scenes;
    [this.width, this.height] = [this.film.width, this.film.height];
    this.tell("film");
  }
  seek(t: number): void {
    this.time = t;
    this.calls.push(["seek", t]);
    this.tell("time");
  }
  setValue(id: string, value: unknown): void {
    this.calls.push(["set", id, value ?? null]);
    if (value === undefined) delete this.values[id];
    else this.values[id] = value;
    this.tell("values");
  }
  sceneAt(t: number): Scene | undefined {
    return this.scenes.find((s) => t >= s.start && t < s.start + s.duration);
  }
  step(): void {}
  play(): void {}
  pause(): void {}
  toggle(): void {}
  setRate(): void {}
  setRange(): void {}
  setLoop(): void {}
  setVolume(): void {}
}

const player = new Player();
const stills = { alive: 0, most: 0, loading: 0, together: 0 };

// Heard here before the sheet hears it and begins the next.
document.addEventListener("load", (e) => {
  if (!(e.target instanceof HTMLIFrameElement)) return;
  stills.loading--;
  e.target.parentElement?.dispatchEvent(new Event("shown"));
}, true);

function still(box: HTMLElement): () => void {
  stills.most = Math.max(stills.most, ++stills.alive);
  stills.together = Math.max(stills.together, ++stills.loading);
  const frame = document.createElement("iframe");
  frame.srcdoc = "<p>still";
  box.append(frame);
  return () => { stills.alive--; frame.remove(); };
}

const stage = document.createElement("div");
stage.className = "stage";
const link = (p: { file: string; line: number }) => `editor:${p.file}:${p.line}`;
stage.append(overlay(player), card(player, link));
const head = document.createElement("header");
head.append(sizeSwitch(player, (name) => player.calls.push(["size", name])), overlayMenu(player));
document.body.append(head, stage, panel(player, link));

// openSheet puts the contact sheet over the page.
function openSheet(): HTMLElement {
  const box = document.createElement("div");
  box.className = "sheet-view";
  box.append(sheet(player, still, () => player.calls.push(["close"])));
  document.body.append(box);
  return box;
}

// until waits for a condition that a later frame may bring.
async function until(what: string, is: () => boolean): Promise<void> {
  for (const end = performance.now() + 20000; !is(); await new Promise((f) => setTimeout(f, 5))) {
    if (performance.now() > end) throw new Error(`${what}: never came`);
  }
}

// same fails unless two values are alike.
function same(what: string, got: unknown, want: unknown): void {
  const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
  if (g !== w) throw new Error(`${what}: got ${g}, want ${w}`);
}

const one = <E extends HTMLElement = HTMLElement>(selector: string) => document.querySelector(selector) as E;
const tab = (name: string) => one(`#tab-${name}`).click();
Object.assign(window, { player, film, scenes, stills, until, same, one, tab, openSheet, excerpt, wordTimes, begun, words });
