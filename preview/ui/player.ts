// The player shows a film in a box and knows where in it we are.
//
// What is on screen is one Picture, or two for a moment: the one that is shown and, behind it, the one that will be. A
// long film is never loaded whole, since a browser cannot play a document of a hundred scenes; the picture holds those
// around the playhead. After a change first comes a narrow picture, with what is visible now, and when the author rests
// a wide one, with the scenes before and behind, so that going on or back needs no loading.

import type { Fault, Film, Scene, StyleChange, Variable } from "./film";
import { pageOf, Picture } from "./picture";
import type { Hit, Ready } from "./protocol";

// What a panel may listen to. The value in the brackets is what the listener is called with.
export interface PlayerEvents {
  film: Film; // a new version is known; film and scenes are up to date
  picture: void; // the stage shows another document: variables, faults may differ
  time: number; // the playhead moved, s
  play: boolean; // playing changed
  rate: number;
  volume: void; // volume or muted changed
  range: void; // loop range changed
  values: void; // values of variables changed
  faults: Fault[];
}

export interface PlayerView {
  readonly film: Film | null;
  readonly scenes: Scene[]; // of a HyperFrames folder, too
  readonly duration: number; // s
  readonly fps: number;
  readonly width: number; // px of the film
  readonly height: number;
  readonly time: number; // s, on a frame
  readonly playing: boolean;
  readonly rate: number; // 1 = as it is; negative = backwards
  readonly range: { in: number; out: number } | null; // loop range, s
  readonly loop: boolean;
  readonly volume: number; // 0–1
  readonly muted: boolean;
  readonly variables: Variable[];
  readonly values: Record<string, unknown>; // what was set, by id
  readonly faults: Fault[];

  on<K extends keyof PlayerEvents>(name: K, f: (value: PlayerEvents[K]) => void): () => void;
  seek(t: number): void; // snaps to a frame, clamps
  step(frames: number): void;
  play(): void;
  pause(): void;
  toggle(): void;
  setRate(rate: number): void;
  setRange(range: { in: number; out: number } | null): void;
  setLoop(on: boolean): void;
  setVolume(volume: number, muted: boolean): void;
  setValue(id: string, value: unknown): void; // undefined = back to the default
  sceneAt(t: number): Scene | undefined;
}

// still puts a small picture of the film at time t into box and keeps it; the returned function takes it out.
// It loads one document; callers limit how many live at once.
// It says "shown" on the box when the picture is there.
export type StillMaker = (box: HTMLElement, t: number) => () => void;

const rest = 300; // ms without a change after which the picture is widened
const ahead = 2; // s for which a playing picture must have the scenes
const wide = 10; // s that a wide picture reaches forward
const few = 6; // scenes that fit one document
const narrow = 2; // scenes that are on screen at once, at most

export class Player implements PlayerView {
  film: Film | null = null;
  scenes: Scene[] = [];
  duration = 0;
  fps = 30;
  width = 1920;
  height = 1080;
  time = 0;
  playing = false;
  rate = 1;
  range: { in: number; out: number } | null = null;
  loop = false;
  volume = 1;
  muted = false;
  variables: Variable[] = [];
  values: Record<string, unknown> = {};
  get faults(): Fault[] {
    return this.shown?.faults ?? [];
  }

  private listeners = new Map<string, Set<(value: never) => void>>();
  private shown: Picture | null = null;
  private coming: Picture | null = null;
  private toNow: (t: number) => number = same; // from the shown picture's times to the film's
  private toShown: (t: number) => number = same; // and back
  private wish: number | null = null; // time that a seek waits to show
  private since = 0; // ms since 1970; when the film that plays was at wish, 0 = it waits until it is shown
  private seeking = false;
  private widening = 0; // timer
  private reversing = 0; // animation frame
  private waitsToPlay = false;

  // box holds the pictures.
  constructor(private box: HTMLElement) {}

  on<K extends keyof PlayerEvents>(name: K, f: (value: PlayerEvents[K]) => void): () => void {
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set.add(f as (value: never) => void));
    return () => set.delete(f as (value: never) => void);
  }

  private emit<K extends keyof PlayerEvents>(name: K, value: PlayerEvents[K]): void {
    for (const f of this.listeners.get(name) ?? []) (f as (value: PlayerEvents[K]) => void)(value);
  }

  // update takes what the server says of the newest build.
  async update(film: Film): Promise<void> {
    const before = this.film;
    const old = this.scenes;
    this.film = film;
    if (film.kind === "deck" && film.hash) {
      this.scenes = film.scenes;
      [this.duration, this.fps] = [film.duration, film.fps];
      if (!this.shown) [this.width, this.height] = [film.width, film.height]; // else the picture on screen tells
    }
    if (film.kind === "deck" && before?.hash && before.hash !== film.hash) this.follow(old);
    const shows = film.hash ? this.present(film, before) : null; // on its way before the panels take their time
    this.emit("film", film);
    await shows;
  }

  // present sees to it that the picture is of a version, by the least that is right.
  private async present(film: Film, before: Film | null): Promise<void> {
    if (!this.shown) return this.load(this.visible());
    if (film.from === this.shown.hash && film.styles && (await this.restyle(film, film.styles))) return;
    if (this.shown.stale(film)) await this.load(this.visible());
    else if (this.coming && (this.coming.stale(film) || before?.hash === film.hash)) await this.load(this.coming.scenes); // told twice: the line was cut
    else this.adopt(this.shown, film);
  }

  // adopt notes that the picture on screen is right for a version, too.
  private adopt(picture: Picture, film: Film): void {
    [picture.hash, picture.pages] = [film.hash, film.pages];
    [this.toNow, this.toShown] = [same, same];
    this.tag(picture.covers(this.scenes, this.time) ? this.time : Number(this.box.dataset.time));
  }

  // follow keeps the playhead and the loop at the same place of the same scene when scenes have moved.
  private follow(old: Scene[]): void {
    const { scenes, fps, toNow, toShown } = this;
    const map = (t: number) => moved(t, old, scenes, fps);
    this.toNow = (t) => map(toNow(t));
    this.toShown = (t) => toShown(moved(t, scenes, old, fps));
    this.time = this.snap(map(this.time));
    if (this.wish !== null) this.wish = this.snap(map(this.wish));
    if (this.range) this.range = { in: map(this.range.in), out: Math.min(this.duration, map(this.range.out)) };
    this.emit("time", this.time);
    this.emit("range", undefined);
  }

  // restyle swaps style sheets in the picture on screen. It reports false if that needs a new document.
  private async restyle(film: Film, styles: StyleChange[]): Promise<boolean> {
    const shown = this.shown;
    if (!shown || this.coming) return false;
    const list = styles.filter((s) => s.page === film.entry || shown.scenes?.some((scene) => s.page === pageOf(scene.id)) !== false);
    if (list.length && !(await shown.ask({ do: "styles", list, ours: film.kind === "deck" }))) return false;
    if (this.shown !== shown || this.film !== film) return true; // overtaken: what came after has seen to it
    this.adopt(shown, film);
    this.emit("picture", undefined);
    return true;
  }

  // visible lists the scenes on screen now; null is all, for films that cannot be taken apart.
  private visible(t = this.time): Scene[] | null {
    return this.film?.kind === "deck" ? this.scenes.filter((s) => s.start <= t + 1e-6 && t + 1e-6 < s.start + s.duration) : null;
  }

  // around lists the scenes before, at and behind the playhead.
  private around(): Scene[] | null {
    const now = this.visible();
    if (!now || this.scenes.length <= few) return null;
    const at = Math.max(0, this.scenes.findIndex((s) => now.includes(s)));
    if (this.rate < 0) return this.scenes.slice(Math.max(0, at + now.length + 1 - few), at + now.length + 1);
    let end = at + now.length;
    while (end < this.scenes.length && end - at < few - 1 && (end - at < now.length + 1 || this.scenes[end].start < this.time + wide)) end++;
    return this.scenes.slice(Math.max(0, at - 1), end);
  }

  // load prepares a picture behind the one on screen, and shows it when its pixels are there.
  private async load(scenes: Scene[] | null): Promise<void> {
    const film = this.film;
    if (!film?.hash) return;
    clearTimeout(this.widening);
    this.coming?.remove();
    const started = this.time;
    const next = (this.coming = new Picture(film, scenes, { ...this.values }, this.box));
    const ready = await next.ready;
    if (this.coming !== next) return;
    this.learn(film, ready, next);
    next.tell({ do: "sound", volume: this.volume, muted: true, rate: Math.max(this.rate, 0.1) });
    const runs = () => this.playing && this.rate > 0;
    const has = () => next.covers(this.scenes, this.time);
    let t = started;
    let ran: boolean;
    do { // the playhead may be moved meanwhile, started or stopped
      if (has()) t = this.time;
      ran = runs();
      await next.ask({ do: "seek", t, unseen: true });
      if (this.coming !== next) return;
      if (ran && has()) t = this.time;
      if (ran) await next.ask({ do: "play", t, at: Date.now() });
      if (this.coming !== next) return;
    } while (ran !== runs() || (!this.playing && t !== this.time && has()));
    this.show(next, t);
  }

  // learn takes from a picture what only it knows.
  private learn(film: Film, ready: Ready, picture: Picture): void {
    this.variables = ready.variables;
    if (film.kind === "deck") return;
    picture.resize(ready.width, ready.height);
    [this.fps, this.duration] = [ready.fps, ready.duration];
    const none = { layout: "", line: 0, end: 0, rule: "", reason: "", estimated: false, elements: [] };
    const old = this.scenes;
    this.scenes = ready.scenes.map((s) => ({ ...none, ...s }));
    if (old.length) this.follow(old);
    else this.time = this.snap(this.time);
  }

  // show brings a picture of time t to the front, and takes the one before away.
  private show(next: Picture, t: number): void {
    const last = this.shown;
    this.shown = next;
    this.coming = null;
    [this.toNow, this.toShown] = [same, same];
    [this.width, this.height] = [next.width, next.height];
    next.ontime = (t, playing) => this.tick(t, playing);
    next.onfault = () => this.emit("faults", this.faults);
    last?.tell({ do: "pause" });
    this.sound();
    last?.remove();
    if (this.film && !next.stale(this.film)) [next.hash, next.pages] = [this.film.hash, this.film.pages]; // it may have become newer on the way
    this.tag(t);
    if (this.wish === t) this.wish = null;
    this.emit("picture", undefined);
    this.emit("faults", this.faults);
    if (this.waitsToPlay) {
      this.waitsToPlay = false;
      this.play();
    }
    const wrong = this.film && (next.stale(this.film) || JSON.stringify(next.values) !== JSON.stringify(this.values));
    if (wrong) void this.load(this.visible());
    else if (!this.reach()) this.widenSoon();
    if (this.wish !== null) void this.fulfil();
  }

  // tag writes on the box which version of the film its pixels are of, and which time.
  private tag(t: number): void {
    this.box.dataset.hash = this.shown?.hash ?? "";
    this.box.dataset.time = t.toFixed(3);
  }

  // reach sees to it that what is needed now is in a picture. It reports true if that one is being loaded.
  private reach(): boolean {
    const on = this.playing ? ahead * Math.sign(this.rate) * Math.max(1, Math.abs(this.rate)) : 0; // s
    const from = Math.max(0, Math.min(this.time, this.time + on));
    const to = Math.min(Math.max(this.time, this.time + on), this.duration);
    if (!this.shown || this.shown.covers(this.scenes, from, to)) return false;
    const want = this.playing ? this.around() : this.visible();
    if (want?.every((s) => this.shown?.has(s.id))) return false; // more does not fit
    // Who drags the playhead over many scenes is to see some of them: a picture on its way is not given up for the next.
    const soon = !this.playing && this.coming?.scenes && this.coming.scenes.length <= narrow;
    if (!soon && !this.coming?.covers(this.scenes, this.time)) void this.load(want);
    return true;
  }

  private widenSoon(): void {
    clearTimeout(this.widening);
    this.widening = window.setTimeout(() => {
      const want = this.around();
      if (!this.coming && this.shown && !(want ?? this.scenes).every((s) => this.shown?.has(s.id))) void this.load(want);
    }, rest);
  }

  // tick takes the time from the picture that plays.
  private tick(t: number, playing: boolean): void {
    if (!this.playing || this.seeking || this.wish !== null) return; // else it would take the playhead back
    const now = this.toNow(t);
    const end = this.loop && this.range ? this.range.out : this.duration;
    if (!playing || now >= end - 0.5 / this.fps) {
      if (this.loop) return this.seek(this.range?.in ?? 0);
      if (!playing) {
        this.move(this.snap(Math.min(now, this.duration)));
        return this.stop();
      }
    }
    this.move(now);
    this.tag(now);
    this.reach();
  }

  private move(t: number): void {
    this.time = t;
    this.emit("time", t);
  }

  // snap returns the start of the frame that shows t.
  private snap(t: number): number {
    const last = Math.max(0, Math.ceil(this.duration * this.fps - 1e-3) - 1);
    return Math.min(last, Math.max(0, Math.round(t * this.fps))) / this.fps;
  }

  seek(t: number): void {
    this.wish = this.snap(t);
    this.since = 0;
    this.move(this.wish);
    this.reach();
    if (this.shown?.covers(this.scenes, this.wish)) void this.fulfil();
    else if (this.playing) this.shown?.tell({ do: "pause" }); // until the picture of there has come
  }

  // fulfil shows the time that was wished for last; those before it are skipped.
  private async fulfil(): Promise<void> {
    if (this.seeking) return;
    this.seeking = true;
    while (this.wish !== null && this.shown?.covers(this.scenes, this.wish)) {
      const t = this.wish;
      this.wish = null;
      const playing = this.playing && this.rate > 0;
      const there = this.toShown(t); // the picture may be of a version whose scenes were elsewhere
      await Promise.race([this.shown.ask(playing ? { do: "play", t: there, at: this.since || Date.now() } : { do: "seek", t: there }), new Promise((done) => setTimeout(done, 2500))]);
      this.tag(t);
    }
    this.seeking = false;
    if (this.wish !== null) this.reach();
    else if (this.shown && !this.playing) this.widenSoon();
  }

  step(frames: number): void {
    this.pause();
    this.seek(this.time + frames / this.fps);
  }

  // play goes on from where it is, or as one that was at a time at a moment (ms since 1970).
  play(from = this.time, since = 0): void {
    if (this.shown && this.duration <= 0) return; // a broken film has nothing to play
    if (!this.shown) {
      this.waitsToPlay = true;
      return;
    }
    if (this.rate < 0) this.setRate(1);
    const end = this.loop && this.range ? this.range.out : this.duration;
    if (from >= end - 1.5 / this.fps) from = this.loop && this.range ? this.range.in : 0;
    this.move(from);
    this.playing = true;
    this.emit("play", true);
    this.seek(from);
    this.since = since;
  }

  pause(): void {
    this.waitsToPlay = false;
    if (!this.playing) return;
    this.stop();
    this.shown?.tell({ do: "pause" });
    this.seek(this.time);
  }

  private stop(): void {
    cancelAnimationFrame(this.reversing);
    this.playing = false;
    if (this.rate < 0) {
      this.rate = 1;
      this.emit("rate", 1);
    }
    this.emit("play", false);
    this.widenSoon();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  // setRate sets how fast the film plays. Backwards it is shown frame by frame, silent.
  setRate(rate: number): void {
    this.rate = rate;
    this.emit("rate", rate);
    cancelAnimationFrame(this.reversing);
    this.sound();
    if (rate < 0) this.reverse();
    else if (this.playing) this.seek(this.time);
  }

  private reverse(): void {
    this.shown?.tell({ do: "pause" });
    this.playing = true;
    this.emit("play", true);
    const began = performance.now();
    const from = this.time;
    const back = () => {
      const t = from + (this.rate * (performance.now() - began)) / 1000;
      this.seek(t);
      if (t <= 0) this.stop();
      else this.reversing = requestAnimationFrame(back);
    };
    this.reversing = requestAnimationFrame(back);
  }

  setRange(range: { in: number; out: number } | null): void {
    this.range = range && range.out > range.in ? { in: this.snap(range.in), out: Math.min(this.duration, range.out) } : null;
    this.emit("range", undefined);
  }

  setLoop(on: boolean): void {
    this.loop = on;
    this.emit("range", undefined);
  }

  setVolume(volume: number, muted: boolean): void {
    [this.volume, this.muted] = [Math.min(1, Math.max(0, volume)), muted];
    this.sound();
    this.emit("volume", undefined);
  }

  private sound(): void {
    this.shown?.tell({ do: "sound", volume: this.volume, muted: this.muted || this.rate < 0, rate: Math.max(this.rate, 0.1) });
  }

  setValue(id: string, value: unknown): void {
    if (value === undefined) delete this.values[id];
    else this.values[id] = value;
    this.emit("values", undefined);
    if (!this.coming) void this.load(this.visible()); // else when that is shown: a slider would starve it
  }

  // setValues sets all variables at once, to what another screen shows.
  setValues(values: Record<string, unknown>): void {
    this.values = { ...values };
    void this.load(this.visible());
  }

  // close takes the picture away.
  close(): void {
    clearTimeout(this.widening);
    cancelAnimationFrame(this.reversing);
    this.film = null;
    this.coming?.remove();
    this.shown?.remove();
    this.coming = null;
  }

  sceneAt(t: number): Scene | undefined {
    return this.scenes.findLast((s) => s.start <= t + 1e-6);
  }

  // hits lists what is drawn at a px of the film.
  async hits(x: number, y: number): Promise<Hit[]> {
    return ((await this.shown?.ask({ do: "at", x, y })) as Hit[] | undefined) ?? [];
  }

  // still puts a small picture of time t into a box and keeps it right; the function that comes back takes it away.
  still: StillMaker = (box, t) => {
    let picture: Picture | null = null;
    let coming: Picture | null = null; // one at a time, however fast versions follow each other
    const make = async () => {
      const film = this.film;
      const newest = coming ?? picture;
      if (!film?.hash || (newest && !newest.stale(film))) return;
      coming?.remove();
      const next = (coming = new Picture(film, this.visible(t), { ...this.values }, box));
      const k = box.clientWidth / this.width;
      next.frame.style.transform = `scale(${k})`;
      await next.ready;
      if (coming !== next) return;
      next.tell({ do: "sound", volume: 0, muted: true, rate: 1 });
      await next.ask({ do: "seek", t });
      if (coming !== next) return;
      picture?.remove();
      [picture, coming] = [next, null];
      box.dispatchEvent(new Event("shown"));
    };
    void make();
    const off = this.on("film", () => void make());
    return () => {
      off();
      coming?.remove();
      picture?.remove();
      coming = null;
    };
  };
}

const same = (t: number) => t;

// moved returns where a time of one version is in another: at the same place of the same scene, as far as that goes. If
// the scene is gone, where it was among those around it.
export function moved(t: number, old: Scene[], now: Scene[], fps: number): number {
  const at = old.findLastIndex((s) => s.start <= t + 1e-6);
  if (at < 0 || now.length === 0) return t;
  const into = t - old[at].start;
  const called = (s: Scene) => s.id === old[at].id; // a composition may be mounted more than once
  const kin = now.filter(called)[old.slice(0, at).filter(called).length];
  const past = into - old[at].duration; // s behind the scene's end: that of a loop, or where a film has none
  if (kin && past >= -1e-6) return kin.start + kin.duration + Math.max(0, past);
  if (kin) return kin.start + Math.min(into, Math.max(0, kin.duration - 1 / fps));
  const kept = old.slice(0, at).findLast((s) => now.some((n) => n.id === s.id));
  const i = kept ? now.findIndex((n) => n.id === kept.id) + 1 : 0;
  const next = now[Math.min(i, now.length - 1)];
  return next.start + Math.min(into, Math.max(0, next.duration - 1 / fps));
}
