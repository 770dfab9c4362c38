// The scrubber: the whole film from left to right, its scenes, the loop and the playhead.
//
// A film may have hundreds of scenes, and the playhead moves sixty times a second. So places are shares of the width,
// written once per film; a move of the playhead changes transforms and text only, and nothing asks for the layout but
// the pointer, when it comes.
import "./scrubber.css";
import { el, text } from "./dom";
import type { Scene } from "./film";
import { nextScene, previousScene } from "./moves";
import type { PlayerView, StillMaker } from "./player";
import { format, frameLength } from "./timecode";

// scrubber returns the scrubber of a player. still draws the picture under the pointer.
export function scrubber(player: PlayerView, still: StillMaker): HTMLElement {
  const lane = scenes(player);
  const loop = range(player, lane);
  const root = el("div", { class: "scrubber", role: "group", "aria-label": "Timeline" }, loop, lane, playhead(player));
  root.append(hover(player, still, root, lane));
  return root;
}

// share returns where t lies in the film, from 0 to 1.
const share = (player: PlayerView, t: number) => (player.duration > 0 ? Math.min(Math.max(t / player.duration, 0), 1) : 0);

const percent = (n: number) => `${(n * 100).toFixed(4)}%`;

const title = (s: Scene | undefined) => (s ? s.title || s.id : "");

// timeAt returns the time under x, px of the window. It reads the layout.
function timeAt(player: PlayerView, lane: HTMLElement, x: number): number {
  const box = lane.getBoundingClientRect();
  return box.width > 0 ? Math.min(Math.max((x - box.left) / box.width, 0), 1) * player.duration : 0;
}

// frameTime returns the start of the frame shown at t.
function frameTime(player: PlayerView, t: number): number {
  const frame = frameLength(player.fps);
  const last = Math.max(0, Math.ceil(player.duration / frame - 1e-6) - 1);
  return Math.min(Math.floor(t / frame + 1e-6), last) * frame;
}

// drag calls start at a press on e, then move, which comes at most once per picture, and end. x is in px of the window.
function drag(e: HTMLElement, start: (x: number) => void, move: (x: number) => void, end?: () => void): void {
  let pointer: number | null = null;
  let x = 0;
  let due = 0;
  const flush = () => {
    due = 0;
    move(x);
  };
  e.addEventListener("pointerdown", (p) => {
    if (p.button !== 0 || pointer !== null) return;
    pointer = p.pointerId;
    x = p.clientX;
    e.setPointerCapture(pointer);
    e.classList.add("dragged");
    start(x);
    move(x);
  });
  e.addEventListener("pointermove", (p) => {
    if (p.pointerId !== pointer) return;
    x = p.clientX;
    due ||= requestAnimationFrame(flush);
  });
  e.addEventListener("lostpointercapture", () => {
    if (due) {
      cancelAnimationFrame(due);
      flush();
    }
    pointer = null;
    e.classList.remove("dragged");
    end?.();
  });
}

// say tells a screen reader a slider's time; the highest and the lowest are of the film.
function say(slider: HTMLElement, player: PlayerView, t: number): void {
  slider.setAttribute("aria-valuemin", "0");
  slider.setAttribute("aria-valuemax", player.duration.toFixed(3));
  slider.setAttribute("aria-valuenow", t.toFixed(3));
  const scene = title(player.sceneAt(t));
  slider.setAttribute("aria-valuetext", format(t, player.fps) + (scene ? `, ${scene}` : ""));
}

// scenes returns the lane of scenes, which is the slider of the playhead.
function scenes(player: PlayerView): HTMLElement {
  const done = el("div", { class: "scrubber-done" });
  const parts = el("div", { class: "scrubber-parts", "aria-hidden": "true" });
  const lane = el("div", { class: "scrubber-scenes", role: "slider", tabindex: 0, "aria-label": "Playhead" }, parts, done);
  let width = 0; // px
  let now: Element | undefined;
  let said = -1; // whole s
  const moved = (t: number) => {
    done.style.transform = `scaleX(${share(player, t).toFixed(6)})`;
    const scene = player.sceneAt(t);
    const part = scene ? parts.children[player.scenes.indexOf(scene)] : undefined;
    if (part !== now) {
      now?.classList.remove("now");
      part?.classList.add("now");
      now = part;
    }
    if (player.playing && Math.floor(t) === said) return; // a reader wants no sixty texts a second
    said = Math.floor(t);
    say(lane, player, t);
  };
  const lay = () => {
    place(player, parts, width);
    moved(player.time);
  };
  new ResizeObserver(([entry]) => {
    width = entry?.contentRect.width ?? 0;
    place(player, parts, width);
  }).observe(lane);
  player.on("time", moved);
  player.on("film", lay);
  player.on("picture", lay);
  player.on("play", () => moved(player.time));
  lay();
  scrub(player, lane, lane);
  lane.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    const ten = e.shiftKey ? 10 : 1;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => player.step(-ten),
      ArrowDown: () => player.step(-ten),
      ArrowRight: () => player.step(ten),
      ArrowUp: () => player.step(ten),
      Home: () => player.seek(0),
      End: () => player.seek(player.duration),
      PageUp: () => previousScene(player),
      PageDown: () => nextScene(player),
    };
    const move = moves[e.key];
    if (!move) return;
    e.preventDefault();
    move();
  });
  return lane;
}

// scrub lets e, a part of the scrubber, drag the playhead. The film stands still meanwhile.
function scrub(player: PlayerView, e: HTMLElement, lane: HTMLElement): void {
  let played = false;
  const start = () => {
    played = player.playing;
    player.pause();
  };
  drag(e, start, (x) => player.seek(timeAt(player, lane, x)), () => played && player.play());
}

const readable = 34; // px; a title in less says nothing

// place lays out one part per scene in a lane of a width in px, and keeps the parts that are there.
function place(player: PlayerView, parts: HTMLElement, width: number): void {
  const list = player.scenes;
  while (parts.children.length > list.length) parts.lastElementChild?.remove();
  while (parts.children.length < list.length) parts.append(el("div", {}, el("span")));
  list.forEach((s, i) => {
    const part = parts.children[i];
    if (!(part instanceof HTMLElement)) return;
    const end = Math.min(s.start + s.duration, list[i + 1]?.start ?? Infinity); // scenes overlap in transitions
    const size = share(player, end) - share(player, s.start);
    part.style.left = percent(share(player, s.start));
    part.style.width = percent(size);
    part.classList.toggle("narrow", size * width < readable);
    if (part.firstElementChild) text(part.firstElementChild, title(s));
  });
  parts.classList.toggle("dense", list.length > 0 && width / list.length < 4);
}

// playhead returns the line over all lanes. It is as wide as the film, so that a share of the film is a share of it.
function playhead(player: PlayerView): HTMLElement {
  const line = el("div", { class: "scrubber-line" });
  const moved = () => {
    line.style.transform = `translateX(${percent(share(player, player.time))})`;
  };
  player.on("time", moved);
  player.on("film", moved);
  player.on("picture", moved);
  moved();
  return el("div", { class: "scrubber-head", "aria-hidden": "true" }, line);
}

type Range = NonNullable<PlayerView["range"]>;

// range returns the lane of the loop range. Beside its handles it belongs to the playhead.
function range(player: PlayerView, lane: HTMLElement): HTMLElement {
  const band = el("div", { class: "scrubber-band" });
  const whole = (): Range => player.range ?? { in: 0, out: player.duration };
  const frame = () => frameLength(player.fps);
  const start = edge(player, lane, "Loop start", () => whole().in, (t) => {
    const out = whole().out;
    player.setRange({ in: Math.min(t, out - frame()), out });
  });
  const out = edge(player, lane, "Loop end", () => whole().out, (t) => {
    const first = whole().in;
    player.setRange({ in: first, out: Math.max(t, first + frame()) });
  });
  start.classList.add("in");
  out.classList.add("out");
  const free = el("div", { class: "scrubber-free" }, band);
  scrub(player, free, lane);
  const e = el("div", { class: "scrubber-loop" }, free, start, out);
  const show = () => {
    const r = whole();
    band.style.left = start.style.left = percent(share(player, r.in));
    out.style.left = percent(share(player, r.out));
    band.style.width = percent(share(player, r.out) - share(player, r.in));
    say(start, player, r.in);
    say(out, player, r.out);
    start.hidden = out.hidden = band.hidden = player.range === null;
    e.classList.toggle("on", player.loop);
  };
  player.on("range", show);
  player.on("film", show);
  player.on("picture", show);
  show();
  return e;
}

const near = 6; // px from a cut at which an edge snaps to it

// edge returns a handle of the loop range. get and set are its time in s.
function edge(player: PlayerView, lane: HTMLElement, name: string, get: () => number, set: (t: number) => void): HTMLElement {
  const handle = el("div", { class: "scrubber-edge", role: "slider", tabindex: 0, "aria-label": name, title: name });
  const to = (t: number) => set(Math.min(Math.max(t, 0), player.duration));
  const snapped = (x: number) => {
    const t = timeAt(player, lane, x);
    const reach = (near / lane.clientWidth) * player.duration;
    const cut = player.scenes.flatMap((s) => [s.start, s.start + s.duration]).find((c) => Math.abs(c - t) < reach);
    return cut ?? Math.round(t / frameLength(player.fps)) * frameLength(player.fps);
  };
  let from = 0; // px; where it was pressed
  let aside = 0; // px from there to the edge itself, which does not jump to the finger
  drag(
    handle,
    (x) => {
      const at = lane.getBoundingClientRect();
      from = x;
      aside = at.left + share(player, get()) * at.width - x;
    },
    (x) => x !== from && to(snapped(x + aside)),
  );
  handle.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    const step = (e.shiftKey ? 10 : 1) * frameLength(player.fps);
    const times: Record<string, number> = {
      ArrowLeft: get() - step,
      ArrowDown: get() - step,
      ArrowRight: get() + step,
      ArrowUp: get() + step,
      Home: 0,
      End: player.duration,
    };
    const t = times[e.key];
    if (t === undefined) return;
    e.preventDefault();
    to(t);
  });
  return handle;
}

const margin = 8; // px between the card and the sides of the bar
const rest = 120; // ms that the pointer rests before its still is made …
const patience = 400; // … or that it moves on

// hover returns the card of what is under the pointer: a still, the time, the scene. One still lives at a time.
function hover(player: PlayerView, still: StillMaker, root: HTMLElement, lane: HTMLElement): HTMLElement {
  const line = el("div", { class: "scrubber-mark" });
  const box = el("div", { class: "scrubber-still" });
  const time = el("span", { class: "scrubber-time" });
  const name = el("span", { class: "scrubber-name" });
  const card = el("div", { class: "scrubber-card" }, box, el("div", { class: "scrubber-text" }, time, name));
  const all = el("div", { class: "scrubber-hover", "aria-hidden": "true", hidden: true }, line, card);

  let remove: (() => void) | undefined;
  let drawn = NaN; // s
  let timer = 0;
  let since = 0; // ms; when the pointer left the place of the still
  const drop = () => {
    window.clearTimeout(timer);
    timer = since = 0;
    remove?.();
    remove = undefined;
    drawn = NaN;
  };
  const draw = (t: number) => {
    drop();
    drawn = t;
    remove = still(box, t);
  };
  const picture = (t: number) => {
    if (t === drawn) return;
    if (remove && player.sceneAt(t) !== player.sceneAt(drawn)) drop();
    const ms = performance.now();
    since ||= ms;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => draw(t), Math.max(0, Math.min(rest, since + patience - ms)));
  };

  const show = (e: PointerEvent) => {
    const dragged = e.buttons !== 0;
    if ((e.pointerType !== "mouse" && !dragged) || player.duration <= 0) return;
    const at = lane.getBoundingClientRect();
    const x = Math.min(Math.max(e.clientX, at.left), at.right) - at.left;
    const t = frameTime(player, timeAt(player, lane, e.clientX));
    const sides = root.getBoundingClientRect();
    const wide = dragged ? 200 : fit(player, box);
    all.hidden = false;
    all.classList.toggle("plain", dragged); // the picture itself follows a drag
    line.style.transform = `translateX(${x}px)`;
    const left = Math.min(Math.max(at.left + x - wide / 2, sides.left + margin), sides.right - wide - margin) - at.left;
    card.style.width = `${wide}px`;
    card.style.transform = `translateX(${left}px)`;
    text(time, format(t, player.fps));
    text(name, title(player.sceneAt(t)));
    if (dragged) drop();
    else picture(t);
  };
  const hide = () => {
    all.hidden = true;
    drop();
  };
  root.addEventListener("pointermove", show);
  root.addEventListener("pointerdown", show);
  root.addEventListener("pointerleave", hide);
  root.addEventListener("pointercancel", hide);
  root.addEventListener("pointerup", (e) => e.pointerType !== "mouse" && hide());
  player.on("film", drop); // it shows what was; the next move draws it anew
  return all;
}

// fit gives the still's box the shape of the film and returns the width of its card in px.
function fit(player: PlayerView, box: HTMLElement): number {
  const [w, h] = [player.width || 16, player.height || 9];
  const scale = Math.min(208 / w, 150 / h);
  box.style.height = `${Math.round(h * scale)}px`;
  box.style.width = `${Math.round(w * scale)}px`;
  return Math.max(Math.round(w * scale), 130) + 2; // room for a time and a word; the border
}
