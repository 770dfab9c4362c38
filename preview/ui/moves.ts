// What both a key and a button of the transport do.
import type { PlayerView } from "./player";
import { frameLength } from "./timecode";

// rates are the speeds of the menu; others, and all backwards, are shuttling.
export const rates = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];
const fastest = 8;

// playPause plays forwards again after shuttling.
export function playPause(player: PlayerView): void {
  if (!player.playing && !rates.includes(player.rate)) player.setRate(1);
  player.toggle();
}

// shuttle plays in a direction (1 or -1), each time twice as fast as before.
export function shuttle(player: PlayerView, direction: number): void {
  const already = player.playing && Math.sign(player.rate) === direction;
  const faster = Math.min(Math.abs(player.rate) * 2, fastest) * direction;
  player.setRate(already ? faster : direction);
  if (!player.playing) player.play();
}

// stop ends shuttling.
export function stop(player: PlayerView): void {
  player.pause();
  player.setRate(1);
}

const frame = (player: PlayerView) => frameLength(player.fps);

// nextScene goes to the next start of a scene; the last scene is stayed in.
export function nextScene(player: PlayerView): void {
  const after = player.time + frame(player) / 2;
  const next = player.scenes.find((s) => s.start > after);
  if (next) player.seek(next.start);
}

// previousScene goes to the start of this scene, and from there to the one before. A film that plays has moved on a
// little since the last press.
export function previousScene(player: PlayerView): void {
  const before = player.time - (player.playing ? 0.7 : frame(player) / 2);
  const last = [...player.scenes].reverse().find((s) => s.start < before);
  player.seek(last ? last.start : 0);
}

// setIn begins the loop with the frame at the playhead.
export function setIn(player: PlayerView): void {
  const out = player.range?.out ?? player.duration;
  loop(player, player.time, out > player.time ? out : player.duration);
}

// setOut ends the loop with the frame at the playhead: it is the last one shown.
export function setOut(player: PlayerView): void {
  const out = Math.min(player.time + frame(player), player.duration);
  const start = player.range?.in ?? 0;
  loop(player, start < out ? start : 0, out);
}

function loop(player: PlayerView, start: number, out: number): void {
  player.setRange({ in: start, out });
  player.setLoop(true); // a range does nothing else
}

export function clearRange(player: PlayerView): void {
  player.setRange(null);
  player.setLoop(false);
}

export function goIn(player: PlayerView): void {
  player.seek(player.range?.in ?? 0);
}

export function goOut(player: PlayerView): void {
  player.seek((player.range?.out ?? player.duration) - frame(player));
}
