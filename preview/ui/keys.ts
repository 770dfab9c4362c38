// The keyboard. One table says what every key does; the listener and the help read it.
import * as moves from "./moves";
import type { PlayerView } from "./player";

// What the keys ask of the rest of the page.
export interface Actions {
  help(): void;
  fullScreen(): void;
  contactSheet(): void;
  safeAreas(): void;
  variables(): void;
  timing(): void;
  narration(): void;
  pick(): void;
  size(): void;
  escape(): void; // close what is open, end picking
}

export interface Key {
  keys: string[]; // as KeyboardEvent.key; letters small; "Shift+" and "K+" (held) before it
  shown?: string[]; // where the help shows others than keys
  group: string;
  label: string;
  repeat?: boolean; // goes on while the key is held
  run: (key: string) => void;
}

// A press as a KeyboardEvent tells it; the picture's frame passes on its own.
export interface Press {
  key: string;
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat: boolean;
}

export interface Keyboard {
  table: Key[];
  press(e: Press): boolean; // reports whether the key means something
  release(e: Pick<Press, "key" | "code">): void;
}

// keys listens to the document's keys and returns their table.
export function keys(player: PlayerView, actions: Actions): Keyboard {
  const table = [...playback(player), ...places(player), ...loop(player), ...views(actions)];
  const byName = new Map(table.flatMap((k) => k.keys.map((name) => [name, k] as const)));
  let held = ""; // "K+" while K is down
  const press = (e: Press): boolean => {
    if (e.ctrlKey || e.altKey || e.metaKey) return false;
    const key = keyName(e);
    const name = names(held, e.shiftKey, key).find((n) => byName.has(n));
    if (key === "k") held = "K+";
    const found = name === undefined ? undefined : byName.get(name);
    if (!found) return false;
    if (!e.repeat || found.repeat) found.run(key);
    return true;
  };
  const release = (e: Pick<Press, "key" | "code">) => {
    if (keyName(e) === "k") held = "";
  };
  document.addEventListener("keydown", (e) => {
    if (e.defaultPrevented || isTaken(e)) return;
    if (press(e)) e.preventDefault();
  });
  document.addEventListener("keyup", release);
  window.addEventListener("blur", () => (held = ""));
  document.addEventListener("mousedown", keepFocus);
  return { table, press, release };
}

function playback(player: PlayerView): Key[] {
  const group = "Playback";
  return [
    { group, keys: [" "], label: "Play or pause", run: () => moves.playPause(player) },
    { group, keys: ["l"], label: "Play; again for 2×, 4×, 8×", run: () => moves.shuttle(player, 1) },
    { group, keys: ["j"], label: "Play backwards; again for 2×, 4×, 8×", run: () => moves.shuttle(player, -1) },
    { group, keys: ["k"], label: "Stop", run: () => moves.stop(player) },
    { group, keys: ["m"], label: "Mute", run: () => player.setVolume(player.volume, !player.muted) },
  ];
}

function places(player: PlayerView): Key[] {
  const group = "Moving";
  const step = (n: number) => () => player.step(n);
  return [
    { group, keys: ["ArrowLeft", "K+j"], label: "Back one frame", repeat: true, run: step(-1) },
    { group, keys: ["ArrowRight", "K+l"], label: "Forward one frame", repeat: true, run: step(1) },
    { group, keys: ["Shift+ArrowLeft"], label: "Back ten frames", repeat: true, run: step(-10) },
    { group, keys: ["Shift+ArrowRight"], label: "Forward ten frames", repeat: true, run: step(10) },
    { group, keys: [",", "PageUp"], label: "Previous scene", repeat: true, run: () => moves.previousScene(player) },
    { group, keys: [".", "PageDown"], label: "Next scene", repeat: true, run: () => moves.nextScene(player) },
    { group, keys: [..."123456789"], shown: ["1", "–", "9"], label: "Scene by its number", run: (key) => nth(player, +key) },
    { group, keys: ["Home"], label: "Start of the film", run: () => player.seek(0) },
    { group, keys: ["End"], label: "End of the film", run: () => player.seek(player.duration) },
  ];
}

function nth(player: PlayerView, n: number): void {
  const scene = player.scenes[n - 1];
  if (scene) player.seek(scene.start);
}

function loop(player: PlayerView): Key[] {
  const group = "Loop";
  return [
    { group, keys: ["r"], label: "Loop on or off", run: () => player.setLoop(!player.loop) },
    { group, keys: ["i"], label: "Set the start", run: () => moves.setIn(player) },
    { group, keys: ["o"], label: "Set the end", run: () => moves.setOut(player) },
    { group, keys: ["Shift+i"], label: "Go to the start", run: () => moves.goIn(player) },
    { group, keys: ["Shift+o"], label: "Go to the end", run: () => moves.goOut(player) },
    { group, keys: ["x"], label: "Clear", run: () => moves.clearRange(player) },
  ];
}

function views(actions: Actions): Key[] {
  const group = "View";
  return [
    { group, keys: ["f"], label: "Full screen", run: () => actions.fullScreen() },
    { group, keys: ["e"], label: "Next size", run: () => actions.size() },
    { group, keys: ["s"], label: "Safe areas", run: () => actions.safeAreas() },
    { group, keys: ["c"], label: "Contact sheet", run: () => actions.contactSheet() },
    { group, keys: ["t"], label: "Timing", run: () => actions.timing() },
    { group, keys: ["n"], label: "Narration", run: () => actions.narration() },
    { group, keys: ["v"], label: "Variables", run: () => actions.variables() },
    { group, keys: ["p"], label: "Pick: click to see the source", run: () => actions.pick() },
    { group, keys: ["Escape"], label: "Close, or end picking", run: () => actions.escape() },
    { group, keys: ["?"], label: "This help", run: () => actions.help() },
  ];
}

// keyName returns the key as the table writes it. Where the layout has no Latin letters, the key's place says which.
function keyName(e: Pick<Press, "key" | "code">): string {
  const other = e.key.length === 1 && e.key > "\x7f" ? /^Key([A-Z])$/.exec(e.code) : null;
  const key = other?.[1] ?? e.key;
  return key.length === 1 ? key.toLowerCase() : key;
}

// names returns what a press may be in the table, the most exact first. Some layouts have signs and digits under Shift.
function names(held: string, shift: boolean, key: string): string[] {
  const isLetter = /^[a-z]$/.test(key);
  if (held && isLetter) return [held + key, key];
  return shift ? [`Shift+${key}`, isLetter ? "" : key] : [key];
}

const moving = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

// isTaken reports whether the focused element does something of its own with a key: a field with every key, a button
// with Space, a slider with the arrows. Behind an open dialog only the help's own key is heard.
function isTaken(e: KeyboardEvent): boolean {
  const at = e.target;
  if (!(at instanceof HTMLElement)) return false;
  if (at.isContentEditable || at.matches("textarea, select")) return true;
  if (at instanceof HTMLInputElement) {
    if (at.type === "range") return moving.includes(e.key);
    if (at.type === "radio") return moving.includes(e.key) || e.key === " ";
    if (!["checkbox", "button", "submit", "reset", "color", "file"].includes(at.type)) return true;
  }
  if (document.querySelector("dialog:modal")) return e.key !== "?";
  return (e.key === " " || e.key === "Enter") && at.closest("input, button, summary, a[href], [role=button]") !== null;
}

// keepFocus lets no button and no slider take the focus by a press of the mouse: Space goes on to play and pause, and the
// arrows to move the playhead.
function keepFocus(e: MouseEvent): void {
  if (!(e.target instanceof Element) || !e.target.closest("button, [role=slider]")) return;
  e.preventDefault();
  if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
}
