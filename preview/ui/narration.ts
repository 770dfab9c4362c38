// The spoken text, with what the speech has come to.
import "./narration.css";
import { clock } from "./clock";
import { el, text } from "./dom";
import type { Narration, Scene } from "./film";
import { rows, type Row } from "./list";
import type { PlayerView } from "./player";

// wordTimes returns when each word begins, in s of the film, and last when the speech ends. Only the cues' times are
// known; between them the words share the time by their letters.
export function wordTimes(n: Narration): number[] {
  const at: number[] = [0]; // letters before each word
  for (const word of n.words) at.push(at[at.length - 1] + word.length + 1);
  const known = [{ word: 0, time: n.start }];
  const last = { word: n.words.length, time: n.start + n.duration };
  for (const cue of [...n.cues].sort((a, b) => a.word - b.word || a.time - b.time)) {
    const before = known[known.length - 1];
    if (cue.word > before.word && cue.word < last.word && cue.time >= before.time && cue.time <= last.time) known.push(cue);
  }
  known.push(last);
  const times: number[] = [];
  for (let i = 1; i < known.length; i++) {
    const [a, b] = [known[i - 1], known[i]];
    const letters = at[b.word] - at[a.word] || 1;
    for (let w = a.word; w < b.word; w++) times.push(a.time + ((b.time - a.time) * (at[w] - at[a.word])) / letters);
  }
  return [...times, last.time];
}

// begun counts the words that have begun at t.
export function begun(times: number[], t: number): number {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (times[mid] <= t + 1e-6) low = mid + 1;
    else high = mid;
  }
  return low;
}

interface Part extends Row<Scene> {
  tell: (t: number) => void; // where the speech is
}

// narration shows the text of every scene. A word or a cue that is clicked moves the playhead to it; the scene at the
// playhead comes into view unless the author is reading elsewhere.
export function narration(player: PlayerView): HTMLElement {
  const list = el("div", { class: "narration-list" });
  const none = el("p", { class: "none" });
  const root = el("div", { class: "narration", tabindex: 0, role: "region", "aria-label": "Narration" }, list, none);
  const parts = new Map<string, Part>();
  const fill = rows<Scene>(list, (s) => s.id, (s) => {
    const made = part(s, player);
    parts.set(s.id, made);
    return made;
  });
  let current: string | undefined;
  let touched = -Infinity; // ms; when the author last scrolled by hand
  const touch = () => { touched = performance.now(); };
  for (const kind of ["wheel", "touchmove", "keydown"]) root.addEventListener(kind, touch, { passive: true });

  const tell = () => {
    const now = player.sceneAt(player.time)?.id;
    if (now !== current) {
      parts.get(current ?? "")?.element.removeAttribute("aria-current");
      parts.get(now ?? "")?.element.setAttribute("aria-current", "true");
      for (const [id, p] of parts) if (id !== now) p.tell(player.time);
      current = now;
      reveal();
    }
    parts.get(now ?? "")?.tell(player.time);
  };
  function reveal(): void {
    const box = parts.get(current ?? "")?.element;
    const reading = root.matches(":hover, :focus-within") || performance.now() - touched < 4000;
    if (!box || reading || !root.clientHeight) return;
    const top = box.offsetTop - root.offsetTop;
    const inside = top >= root.scrollTop && top + Math.min(box.offsetHeight, root.clientHeight) <= root.scrollTop + root.clientHeight;
    if (!inside) root.scrollTop = top - 12;
  }
  const show = () => {
    const spoken = player.scenes.filter((s) => s.narration);
    fill(player.scenes.length && spoken.length ? player.scenes : []);
    const ids = new Set(player.scenes.map((s) => s.id));
    for (const id of parts.keys()) if (!ids.has(id)) parts.delete(id);
    none.hidden = spoken.length > 0;
    text(none, player.scenes.length ? "Nothing is spoken in this film." : "No scenes yet.");
    for (const p of parts.values()) p.tell(player.time);
    current = undefined;
    tell();
  };
  player.on("film", show);
  player.on("picture", show);
  player.on("time", tell);
  // A panel that was closed has missed where the playhead went.
  new ResizeObserver(() => reveal()).observe(root);
  show();
  return root;
}

function part(first: Scene, player: PlayerView): Part {
  let scene = first;
  let times: number[] = [];
  let words: HTMLElement[] = [];
  let spoken = 0;
  let written = "";
  const title = el("button", { class: "narration-title", type: "button", click: () => player.seek(scene.start) });
  const time = el("span", { class: "narration-time" });
  const body = el("p", { class: "narration-text", click: (e: MouseEvent) => go(e) });
  const silent = el("p", { class: "narration-silent" }, "No narration");
  const element = el("section", { class: "narration-scene" }, el("h3", {}, title, time), body, silent);

  function go(e: MouseEvent): void {
    const i = words.indexOf(e.target as HTMLElement);
    if (i >= 0 && getSelection()?.isCollapsed) player.seek(times[i]);
  }
  // write builds the text again only where other words or cues are in it.
  function write(n: Narration): void {
    const all = JSON.stringify([n.words, n.cues]);
    if (all === written) return;
    written = all;
    words = n.words.map((w) => el("span", { class: "word" }, w));
    spoken = 0;
    const nodes: (Node | string)[] = [];
    const cues = [...n.cues].sort((a, b) => a.word - b.word || a.time - b.time);
    for (let w = 0; w <= words.length; w++) {
      for (const cue of cues.filter((c) => Math.min(Math.max(c.word, 0), words.length) === w)) nodes.push(chip(cue.label, cue.time, player), " ");
      if (w < words.length) nodes.push(words[w], " ");
    }
    body.replaceChildren(...nodes);
  }
  return {
    element,
    update: (s) => {
      scene = s;
      text(title, s.title || s.id);
      text(time, clock(s.start));
      body.hidden = !s.narration;
      silent.hidden = !body.hidden;
      times = s.narration ? wordTimes(s.narration) : [];
      if (s.narration) write(s.narration);
    },
    tell: (t) => {
      if (words.length === 0) return;
      const now = begun(times, t);
      for (let i = Math.min(now, spoken); i < Math.max(now, spoken) && i < words.length; i++) words[i].classList.toggle("spoken", i < now);
      const inside = t >= times[0] && t < times[times.length - 1];
      words[spoken - 1]?.classList.remove("saying");
      words[now - 1]?.classList.toggle("saying", inside);
      spoken = now;
    },
  };
}

function chip(label: string, t: number, player: PlayerView): HTMLElement {
  return el("button", { class: "cue", type: "button", title: `Go to ${label}`, click: () => player.seek(t) },
    el("span", { class: "cue-label" }, label), " ", el("span", { class: "cue-time" }, clock(t)));
}
