// How a time is written and read. A timecode is m:ss:ff, from one hour on h:mm:ss:ff; ff counts the frames that begin in
// that second, from 00, so that a timecode is true to the clock at every rate.
import type { Scene } from "./film";

// What a written time is relative to; a PlayerView is one. Times in s.
export interface Now {
  readonly time: number;
  readonly fps: number;
  readonly duration: number;
  readonly scenes: Scene[];
}

const tiny = 1e-6; // s; less is an error of arithmetic

// rate is the frames in a second to count with before the film has said its own.
const rate = (fps: number) => (fps > 0 ? fps : 30);

// frameLength returns how long a frame is shown, s.
export const frameLength = (fps: number): number => 1 / rate(fps);

// frameAt returns the number of the frame nearest to t, from 0.
export function frameAt(t: number, fps: number): number {
  return Math.max(0, Math.round(t * rate(fps)));
}

// first returns the number of the first frame that begins in second s.
const first = (s: number, fps: number) => Math.ceil(s * rate(fps) - tiny);

// format writes t as a timecode.
export function format(t: number, fps: number): string {
  const frame = frameAt(t, fps);
  const s = Math.floor(frame / rate(fps) + tiny);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = s < 3600 ? "" : `${Math.floor(s / 3600)}:`;
  const minutes = Math.floor(s / 60) % 60;
  return `${hours}${hours ? two(minutes) : minutes}:${two(s % 60)}:${two(frame - first(s, fps))}`;
}

// parse reads what someone typed for a time and returns it in s, within the film; null is nonsense. It knows 0:06:12,
// 12.4, 12.4s, 1m3s, f372 and 372f (a frame), each of them after + or - relative to now, and #scene or its number #3.
export function parse(typed: string, now: Now): number | null {
  const text = typed.trim().toLowerCase();
  if (text.startsWith("#")) return scene(typed.trim().slice(1), now.scenes);
  const sign = /^[+\-−]/.exec(text)?.[0];
  const t = span(sign ? text.slice(1).trim() : text, now.fps);
  if (t === null) return null;
  const at = !sign ? t : sign === "+" ? now.time + t : now.time - t;
  return Math.min(Math.max(at, 0), now.duration);
}

// scene returns the start of a scene by its id, else its number from 1, else the beginning of its id or title.
function scene(name: string, scenes: Scene[]): number | null {
  const low = name.toLowerCase();
  if (low === "") return null;
  const found =
    scenes.find((s) => s.id === name) ??
    (/^\d+$/.test(low) ? scenes[Number(low) - 1] : undefined) ??
    scenes.find((s) => s.id.toLowerCase().startsWith(low)) ??
    scenes.find((s) => s.title.toLowerCase().startsWith(low));
  return found ? found.start : null;
}

// span reads a length of time without a sign, in s.
function span(text: string, fps: number): number | null {
  const frame = /^(?:f\s*(\d+)|(\d+)\s*f)$/.exec(text);
  if (frame) return Number(frame[1] ?? frame[2]) / rate(fps);
  if (/^[\d:;.]+$/.test(text) && /[:;]/.test(text)) return timecode(text.split(/[:;]/), fps);
  const units = /^(?:(\d+)\s*h)?\s*(?:(\d+(?:\.\d+)?)\s*m(?:in)?)?\s*(?:(\d+(?:\.\d*)?|\.\d+)\s*(?:s(?:ec)?)?)?$/.exec(text);
  if (!text || !units) return null;
  return Number(units[1] ?? 0) * 3600 + Number(units[2] ?? 0) * 60 + Number(units[3] ?? 0);
}

// timecode reads the parts of m:ss, m:ss:ff and h:mm:ss:ff. A last part with a point is of seconds.
function timecode(parts: string[], fps: number): number | null {
  const decimal = /^\d{1,2}\.\d*$/.test(parts[parts.length - 1] ?? "");
  const frames = parts.length > 2 && !decimal ? parts.pop() : "0";
  const whole = parts.every((p, i) => /^\d+$/.test(p) || (decimal && i === parts.length - 1));
  if (!whole || !/^\d+$/.test(frames ?? "") || parts.length > 3) return null;
  const [s = 0, m = 0, h = 0] = parts.map(Number).reverse();
  const ff = Number(frames);
  if (s >= 60 || ff >= rate(fps) || (parts.length === 3 && m >= 60)) return null;
  const seconds = h * 3600 + m * 60 + s;
  return decimal ? seconds : (first(seconds, fps) + ff) / rate(fps);
}
