// What the preview puts into a film's entry page, before any script of its own: it steers the official runtime on behalf
// of the page that shows the film, which is of another origin, and tells it what goes wrong. In a document that nobody
// embeds it only hands over the values of variables.

import type { Fault, StyleChange, Variable } from "./film";
import type { Command, Hit, Message, Ready } from "./protocol";
import { swapStyles } from "./styles";

interface Player {
  play(): void;
  pause(): void;
  seek(t: number): void;
  getTime(): number;
  getDuration(): number;
  isPlaying(): boolean;
}

// What we read of the runtime's own list (contract §7.1).
interface Clip {
  id: string;
  label: string;
  kind: string;
  compositionId: string | null;
  parentCompositionId: string | null;
  compositionSrc: string | null;
  start: number;
  duration: number;
}

interface FilmWindow extends Window {
  __hfVariables?: Record<string, unknown>;
  __player?: Player;
  __playerReady?: boolean;
  __renderReady?: boolean;
  __timelines?: Record<string, unknown>;
  __hfTimelinesBuilding?: boolean;
  __hfLottie?: { isLoaded?: boolean }[];
  __clipManifest?: { clips: Clip[] };
  __hfWaitForSeekCompletion?: () => Promise<void>;
}

const film = window as unknown as FilmWindow;
const embedded = window.parent !== window;

function say(message: Message): void {
  window.parent.postMessage(message, "*"); // who may embed us is told by the policy's frame-ancestors
}

// report passes on what the film complains about.
function report(): void {
  const seen = new Set<string>();
  const tell = (fault: Fault) => {
    const key = JSON.stringify(fault);
    if (seen.size >= 50 || seen.has(key)) return;
    seen.add(key);
    say({ is: "fault", fault });
  };
  const file = (url: string) => url.replace(/^https?:\/\/[^/]+\/[^/]+\/[^/]+\//, "").replace(/\?.*$/, "");
  window.addEventListener("error", (e) => {
    const from = e.target;
    if (from instanceof Element) {
      const media = from as HTMLMediaElement & HTMLLinkElement;
      const url = media.currentSrc || media.src || media.href || "";
      tell({ kind: "request", text: `${from.localName} could not be loaded`, url: file(url) });
      return;
    }
    tell({ kind: "error", text: e.message, url: file(e.filename), line: e.lineno });
  }, true);
  window.addEventListener("unhandledrejection", (e) => tell({ kind: "error", text: `unhandled rejection: ${String(e.reason)}` }));
  document.addEventListener("securitypolicyviolation", (e) => {
    if (e.disposition === "enforce") tell({ kind: "request", text: "blocked: a film loads nothing from other servers", url: e.blockedURI });
  });
  const silent = ["fetch", "xmlhttprequest", "css"]; // of these no element tells
  new PerformanceObserver((list) => {
    for (const e of list.getEntries() as PerformanceResourceTiming[]) {
      if (e.responseStatus >= 400 && silent.includes(e.initiatorType)) tell({ kind: "request", text: `answered ${e.responseStatus}`, url: file(e.name) });
    }
  }).observe({ type: "resource", buffered: true });
  const error = console.error;
  console.error = (...args: unknown[]) => {
    tell({ kind: "console", text: args.map(written).join(" ").slice(0, 500) });
    error.apply(console, args);
  };
}

// written returns a value as a console would write it, if on one line.
function written(value: unknown): string {
  try {
    return typeof value === "object" && !(value instanceof Error) ? JSON.stringify(value) : String(value);
  } catch {
    return String(value); // it holds itself
  }
}

const root = () => document.querySelector('[data-composition-id][data-root="true"]') ?? document.querySelector("[data-composition-id]");
const number = (e: Element | null, name: string) => Number(e?.getAttribute(name) ?? NaN);
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

// painted waits for the next frame, in which what is on the page now is drawn. A page that nobody sees gets no frames.
function painted(): Promise<unknown> {
  return document.hidden ? pause(50) : new Promise(requestAnimationFrame);
}

// frames waits for that many.
async function frames(n: number): Promise<void> {
  for (; n > 0; n--) await painted();
}

const patience = 8000; // ms that a film may take to become ready
const grace = 1500; // ms for timelines that register late

async function start(): Promise<void> {
  const began = performance.now();
  for (;;) {
    const waited = performance.now() - began;
    const base = film.__playerReady && film.__renderReady && film.__player && film.__player.getDuration() > 0;
    if ((base && (complete() || waited > grace)) || waited > patience) break;
    await Promise.race([rendered, pause(2)]);
    rendered = new Promise(() => {}); // it is told once
  }
  say({ is: "ready", ready: describe() });
}

// rendered is kept when the runtime sets its flag: asking for it costs some ms.
let rendered: Promise<unknown> = new Promise((done) => {
  let set = film.__renderReady;
  Object.defineProperty(film, "__renderReady", {
    configurable: true,
    get: () => set,
    set: (on: boolean) => {
      set = on;
      if (on) queueMicrotask(() => done(null));
    },
  });
});

// complete reports whether every composition has its timeline, and every Lottie its drawing.
function complete(): boolean {
  if (film.__hfTimelinesBuilding) return false;
  if (film.__hfLottie?.some((a) => a.isLoaded === false)) return false; // its drawing comes from a file
  for (const e of document.querySelectorAll("[data-composition-id]:not([data-no-timeline])")) {
    const id = e.getAttribute("data-composition-id");
    if (id && !film.__timelines?.[id]) return false;
  }
  return true;
}

function describe(): Ready {
  const r = root();
  const said = number(r, "data-duration");
  const declared = document.documentElement.getAttribute("data-composition-variables") ?? r?.getAttribute("data-composition-variables");
  let variables: Variable[] = [];
  try {
    variables = declared ? (JSON.parse(declared) as Variable[]) : [];
  } catch {
    // the build has said so
  }
  const clips = film.__clipManifest?.clips ?? [];
  const scenes = clips.filter((c) => c.kind === "composition" && c.parentCompositionId === null && c.compositionId !== r?.getAttribute("data-composition-id"));
  return {
    width: number(r, "data-width") || 1920,
    height: number(r, "data-height") || 1080,
    fps: number(r, "data-fps") || 30,
    duration: said > 0 ? said : film.__player?.getDuration() ?? 0,
    variables: Array.isArray(variables) ? variables : [],
    scenes: scenes.map((c) => ({ id: c.id || c.compositionId || "", title: c.label || c.id, start: c.start, duration: c.duration, page: pageOf(c.compositionSrc) })),
  };
}

// pageOf returns the path of a page in the film.
const pageOf = (address: string | null) => (address ? decodeURI(new URL(address, location.href).pathname).split("/").slice(3).join("/") : "");

async function obey(c: Command): Promise<void> {
  const p = film.__player;
  if (!p) return;
  switch (c.do) {
    case "seek":
      p.pause();
      await show(c.t, c.unseen);
      break;
    case "play":
      p.seek(c.t + (Date.now() - c.at) / 1000);
      p.play();
      void follow();
      await painted();
      break;
    case "pause":
      p.pause();
      return;
    case "sound":
      runtime("set-muted", { muted: c.muted });
      runtime("set-volume", { volume: c.volume });
      runtime("set-playback-rate", { playbackRate: c.rate });
      return;
    case "styles":
      say({ is: "done", n: c.n, value: await restyle(c.list, c.ours) });
      return;
    case "at":
      say({ is: "done", n: c.n, value: hits(c.x, c.y) });
      return;
  }
  say({ is: "done", n: c.n, value: p.getTime() });
}

// runtime says something to the official runtime in its own words (contract §19.3). It names no version of the protocol:
// who does must tell capabilities and a frame rate, too, or is not heard.
function runtime(action: string, rest: object): void {
  window.postMessage({ source: "hf-parent", type: "control", action, ...rest }, location.origin);
}

let asked = 0;

// show shows the film at t, and waits for its pixels. Of several at once the last wins. In a document that is not seen yet
// they are drawn in the frame in which it is.
async function show(t: number, unseen = false): Promise<void> {
  const mine = ++asked;
  film.__player?.seek(t);
  await film.__hfWaitForSeekCompletion?.();
  void document.body.offsetHeight; // style and layout now: whatever they need starts to load
  const late = [...document.images].filter((i) => i.getAttribute("src") && !i.complete && i.checkVisibility({ visibilityProperty: true }));
  await Promise.race([Promise.all([document.fonts.ready, videos(), ...late.map((i) => i.decode().catch(() => undefined))]), pause(2000)]);
  if (mine === asked && !unseen) await painted();
}

const within = 0.004; // s; less than a frame of any clip

// videos sees to it that the clips on screen show the picture that is due.
function videos(): Promise<unknown> {
  const seen = [...document.querySelectorAll("video")].filter((v) => v.checkVisibility({ visibilityProperty: true }));
  return Promise.all(seen.map(settle));
}

// settle waits until a clip shows its picture. One that is sent to the very start of a frame may show the frame before, by
// an error in the last digit: it is sent a little further, and again where the runtime has sent it back as it loaded.
async function settle(v: HTMLVideoElement): Promise<void> {
  const happens = (...names: string[]) => new Promise((done) => {
    for (const name of [...names, "error"]) v.addEventListener(name, done, { once: true });
  });
  if (v.readyState === 0 && !v.error) await happens("loadedmetadata");
  for (let tries = 0; tries < 3 && !v.error && !v.ended; tries++) {
    const due = Math.min(v.currentTime + within, v.duration || 0);
    v.currentTime = due;
    const there = drawn(v, due);
    do await happens("seeked");
    while (v.seeking && !v.error); // what was told then is that it is where the runtime had sent it
    await Promise.race([there, frames(4)]); // it is drawn in the first, if at all
    if (Math.abs(v.currentTime - due) < within / 2) return;
  }
}

// drawn waits until a clip that has been sent to a time draws its picture of there. One from before may be drawn first.
function drawn(v: HTMLVideoElement, due: number): Promise<void> {
  return new Promise((done) => {
    const look: VideoFrameRequestCallback = (_, picture) => {
      if (!v.seeking || Math.abs(due - picture.mediaTime) < 1.5 * within) done();
      else v.requestVideoFrameCallback(look);
    };
    v.requestVideoFrameCallback(look);
  });
}

let following = false;

// follow tells the time while the film plays, once a frame.
async function follow(): Promise<void> {
  if (following) return;
  following = true;
  for (;;) {
    await (document.hidden ? pause(50) : new Promise(requestAnimationFrame));
    const p = film.__player;
    if (!p) break;
    say({ is: "time", t: p.getTime(), playing: p.isPlaying() });
    if (!p.isPlaying()) break;
  }
  following = false;
}

// restyle swaps style sheets in place. The film is then shown anew at its time, because a new animation knows none.
async function restyle(list: StyleChange[], ours: boolean): Promise<boolean> {
  if (!list.every((change) => swapStyles(change, ours))) return false;
  const p = film.__player;
  if (p && !p.isPlaying()) {
    const t = p.getTime();
    p.seek(t > 0.1 ? t - 0.1 : t + 0.1);
    await show(t);
  } else {
    await painted();
  }
  return true;
}

// hits lists what is drawn at a px of the film, the topmost first, each followed by what it stands in.
function hits(x: number, y: number): Hit[] {
  const out: Hit[] = [];
  const seen = new Set<Element>();
  for (const top of document.elementsFromPoint(x, y)) {
    if (top.closest("[data-layout-ignore]")) continue;
    for (let e: Element | null = top; e && e !== document.body && !seen.has(e); e = e.parentElement) {
      seen.add(e);
      const b = e.getBoundingClientRect();
      const host = e.closest("[data-composition-file]") ?? e.closest("[data-composition-src]");
      out.push({
        id: e.id || e.getAttribute("data-hf-authored-id") || "",
        file: host?.getAttribute("data-composition-file") ?? host?.getAttribute("data-composition-src") ?? "",
        box: [b.x, b.y, b.width, b.height],
      });
      if (out.length >= 40) return out;
    }
  }
  return out;
}

const vars = new URLSearchParams(location.search).get("vars");
if (vars) film.__hfVariables = JSON.parse(vars) as Record<string, unknown>;
if (embedded) {
  report();
  window.addEventListener("message", (e) => {
    if (e.source === window.parent && typeof e.data === "object" && e.data && "do" in e.data) void obey(e.data as Command);
  });
  void start();
}
