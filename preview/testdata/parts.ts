// The parts of the preview beside a player that only writes down what it is told, for ui_test.go.
import { el } from "../ui/dom";
import type { Scene } from "../ui/film";
import { help, toggleHelp } from "../ui/help";
import { keys, type Actions } from "../ui/keys";
import type { PlayerEvents, PlayerView } from "../ui/player";
import { format, parse } from "../ui/timecode";
import { transport } from "../ui/transport";

export { format, parse };

// calls is what the player and the page were told since the last take.
let calls: string[] = [];

export function take(): string {
  const all = calls.join(" ");
  calls = [];
  return all;
}

const scene = (id: string, title: string, start: number, duration: number) => ({ id, title, start, duration }) as Scene;

export const player = {
  film: null,
  scenes: [scene("intro", "Intro", 0, 4), scene("why", "Why <b>now</b>", 4, 6), scene("end", "The end", 10, 2)],
  duration: 12,
  fps: 30,
  width: 1920,
  height: 1080,
  time: 0,
  playing: false,
  rate: 1,
  range: null as PlayerView["range"],
  loop: false,
  volume: 1,
  muted: false,
  variables: [],
  values: {},
  faults: [],
  listeners: new Map<string, Set<() => void>>(),
  on(name: keyof PlayerEvents, f: (value: never) => void) {
    const all = player.listeners.get(name) ?? new Set();
    player.listeners.set(name, all.add(f as () => void));
    return () => all.delete(f as () => void);
  },
  emit(name: keyof PlayerEvents, value?: unknown) {
    player.listeners.get(name)?.forEach((f) => (f as (v: unknown) => void)(value));
  },
  seek(t: number) {
    player.time = Math.min(Math.max(Math.round(t * 30), 0), 359) / 30;
    calls.push(`seek ${Math.round(player.time * 30)}`);
    player.emit("time", player.time);
  },
  step(frames: number) {
    calls.push(`step ${frames}`);
    player.time = Math.min(Math.max(Math.round(player.time * 30) + frames, 0), 359) / 30;
    player.emit("time", player.time);
  },
  play: () => playing(true),
  pause: () => playing(false),
  toggle: () => playing(!player.playing),
  setRate(rate: number) {
    player.rate = rate;
    calls.push(`rate ${rate}`);
    player.emit("rate", rate);
  },
  setRange(range: PlayerView["range"]) {
    player.range = range;
    calls.push(range ? `range ${Math.round(range.in * 30)}-${Math.round(range.out * 30)}` : "range none");
    player.emit("range");
  },
  setLoop(on: boolean) {
    player.loop = on;
    calls.push(`loop ${on}`);
    player.emit("range");
  },
  setVolume(volume: number, muted: boolean) {
    Object.assign(player, { volume, muted });
    calls.push(`volume ${volume} ${muted}`);
    player.emit("volume");
  },
  setValue: () => {},
  sceneAt: (t: number) => player.scenes.findLast((s) => s.start <= t + 1e-6),
};

function playing(on: boolean): void {
  if (player.playing === on) return;
  player.playing = on;
  calls.push(on ? "play" : "pause");
  player.emit("play");
}

// stills counts the pictures that live, that lived at once, and that were made.
export const stills = { live: 0, most: 0, made: 0 };

function still(box: HTMLElement, t: number): () => void {
  stills.live++;
  stills.made++;
  stills.most = Math.max(stills.most, stills.live);
  const picture = el("p", {}, t.toFixed(3));
  box.append(picture);
  return () => {
    stills.live--;
    picture.remove();
  };
}

const named = (name: string) => () => void calls.push(name);
const actions: Actions = {
  help: () => toggleHelp(dialog),
  fullScreen: named("fullScreen"),
  contactSheet: named("contactSheet"),
  safeAreas: named("safeAreas"),
  variables: named("variables"),
  timing: named("timing"),
  narration: named("narration"),
  pick: named("pick"),
  size: named("size"),
  escape: named("escape"),
};
export const keyboard = keys(player as unknown as PlayerView, actions);
const dialog = help(keyboard.table);
document.body.append(el("div", { style: "height: 300px" }), transport(player as unknown as PlayerView, still), dialog);

// get finds an element by its name for a screen reader, or by a selector.
export function get(name: string): HTMLElement {
  const e = document.querySelector(`[aria-label="${name}"]`) ?? document.querySelector(name);
  if (!(e instanceof HTMLElement)) throw new Error(`there is no ${name}`);
  return e;
}

// press presses and releases keys on what has the focus, such as "Shift+I". "K+J" holds the first one.
export function press(...names: string[]): void {
  for (const name of names) {
    const parts = name.split(/\+(?=.)/);
    const shiftKey = parts[0] === "Shift";
    const send = (type: string, key: string) =>
      (document.activeElement ?? document.body).dispatchEvent(
        new KeyboardEvent(type, {
          key,
          code: key.length === 1 ? `Key${key.toUpperCase()}` : key,
          bubbles: true,
          cancelable: true,
          shiftKey,
          ctrlKey: parts[0] === "Control",
        }),
      );
    for (const key of parts) send("keydown", key);
    for (const key of parts.reverse()) send("keyup", key);
  }
}

// point sends a pointer event to e at a share of the width of the scenes' lane.
export function point(type: string, e: HTMLElement, share: number, buttons: number): void {
  const lane = get("Playhead").getBoundingClientRect();
  const x = lane.left + share * lane.width;
  e.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerType: "mouse", pointerId: 1, buttons, clientX: x, clientY: lane.top + 4 }));
}
