// The list of everything that is wrong: what the build says, and what the composition complained about while it ran.
import "./problems.css";
import { el, text } from "./dom";
import type { Diagnostic, Fault } from "./film";
import { rows, type Row } from "./list";
import { type Link, placeLink, setPlace } from "./place";
import type { PlayerView } from "./player";

export interface Count {
  errors: number;
  warnings: number;
  faults: number; // of the page
}

// count counts what the film in the player has.
export function count(player: PlayerView): Count {
  const all = player.film?.diagnostics ?? [];
  const errors = all.filter((d) => d.severity === "error").length;
  return { errors, warnings: all.length - errors, faults: together(player.faults).length };
}

// counted says a count in words, "" when there is nothing: "2 errors, 1 warning".
export function counted(c: Count): string {
  const some = (n: number, word: string) => (n ? [`${n} ${word}${n === 1 ? "" : "s"}`] : []);
  return [...some(c.errors, "error"), ...some(c.warnings, "warning"), ...some(c.faults, "fault").map((s) => s + " in the page")].join(", ");
}

// problems lists errors, then warnings, then the faults of the page. A problem that a build leaves as it was keeps its
// element.
export function problems(player: PlayerView, link: Link): HTMLElement {
  const built = el("ul", { class: "problem-list" });
  const ran = el("ul", { class: "problem-list" });
  const page = el("section", {}, el("h3", { class: "problem-head" }, "From the page"), ran);
  const none = el("p", { class: "none" }, "No problems.");
  const more = el("p", { class: "none" });
  const showBuilt = rows<Diagnostic>(built, (d) => JSON.stringify(d), (d) => ({ element: diagnostic(d, link) }));
  const showRan = rows<Heard>(ran, (h) => JSON.stringify(h.fault), (h) => fault(h.fault, player));
  const show = () => {
    const all = player.film?.diagnostics ?? [];
    const sorted = [...all.filter((d) => d.severity === "error"), ...all.filter((d) => d.severity !== "error")];
    const heard = together(player.faults);
    showBuilt(sorted.slice(0, most));
    showRan(heard.slice(0, most));
    const left = Math.max(0, sorted.length - most) + Math.max(0, heard.length - most);
    text(more, `and ${left} more`);
    more.hidden = left === 0;
    built.hidden = all.length === 0;
    page.hidden = player.faults.length === 0;
    none.hidden = !built.hidden || !page.hidden;
  };
  player.on("film", show);
  player.on("faults", show);
  show();
  return el("div", { class: "problems" }, built, page, more, none);
}

const most = 100; // problems that are listed; nobody reads on, and a script may complain in every frame

// Heard is a fault and how often it came.
interface Heard {
  fault: Fault;
  times: number;
}

// together counts equal faults.
function together(faults: Fault[]): Heard[] {
  const heard = new Map<string, Heard>();
  for (const fault of faults) {
    const key = JSON.stringify(fault);
    const h = heard.get(key);
    if (h) h.times++;
    else heard.set(key, { fault, times: 1 });
  }
  return [...heard.values()];
}

function diagnostic(d: Diagnostic, link: Link): HTMLElement {
  const place = placeLink();
  setPlace(place, d.pos, link);
  const item = el("li", { class: `problem ${d.severity}` },
    el("p", { class: "problem-top" }, el("b", { class: "problem-kind" }, d.severity === "error" ? "Error" : "Warning"), " ", place, " ",
      el("span", { class: "problem-code" }, d.code)),
    el("p", { class: "problem-message" }, clean(d.message)));
  const part = excerpt(d);
  if (part) item.append(drawn(d.pos.line, part));
  if (d.hint) item.append(el("p", { class: "problem-hint" }, el("b", {}, "Hint "), clean(d.hint)));
  return item;
}

// An Excerpt is the part of a line around a fault, every character visible.
export interface Excerpt {
  before: string;
  fault: string; // "" = a place between characters
  after: string;
}

const room = 120; // characters of a line that are shown
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

// excerpt cuts the line of a diagnostic at its fault, as source.Print does for the terminal: positions count bytes, of
// which some may stand before the excerpt. It returns null where there is no line to show.
export function excerpt(d: Diagnostic): Excerpt | null {
  if (!d.pos.line || (!d.excerpt && d.pos.col !== 1)) return null;
  const bytes = encoder.encode(d.excerpt ?? "");
  const skipped = d.skipped ?? 0;
  const clamp = (n: number, from: number) => Math.min(Math.max(n, from), bytes.length);
  const start = clamp(d.pos.col - 1 - skipped, 0);
  const same = d.end && d.end.line === d.pos.line && d.end.file === d.pos.file;
  const end = d.end && same ? clamp(d.end.col - 1 - skipped, start) : bytes.length;
  const part = (from: number, to: number) => Array.from(clean(decoder.decode(bytes.subarray(from, to))));
  let before = part(0, start);
  let fault = part(start, end);
  let after = part(end, bytes.length);
  if (before.length > room / 2 || skipped) before = ["…", ...before.slice(-room / 2 + 1)];
  const left = room - before.length;
  if (fault.length > left) [fault, after] = [[...fault.slice(0, left - 1), "…"], []];
  else if (after.length > left - fault.length) after = [...after.slice(0, left - fault.length), "…"];
  return { before: before.join(""), fault: fault.join(""), after: after.join("") };
}

// drawn puts carets under the fault. The second line repeats the first one unseen, so that the carets stand right
// whatever width the fonts give to a character.
function drawn(line: number, e: Excerpt): HTMLElement {
  const carets = "^".repeat(Math.max(1, 2 * Array.from(e.fault).length)); // the box cuts what is too long
  const mark = el("mark", {}, e.fault);
  const box = el("div", { class: "excerpt", tabindex: 0, role: "group", "aria-label": `Line ${line}` },
    el("span", { class: "excerpt-line" }, String(line)),
    el("code", {}, el("span", {}, e.before), mark, el("span", {}, e.after)),
    el("span", { class: "excerpt-carets", "aria-hidden": "true" },
      el("span", { class: "unseen" }, e.before),
      el("span", { class: "carets" }, el("span", { class: "unseen" }, e.fault || " "), el("span", {}, carets))));
  bringIn(box, mark);
  return box;
}

// bringIn scrolls a long line to its fault when it is first seen.
function bringIn(box: HTMLElement, mark: HTMLElement): void {
  const seen = new ResizeObserver(() => {
    if (!box.clientWidth) return;
    seen.disconnect();
    const [b, m] = [box.getBoundingClientRect(), mark.getBoundingClientRect()];
    if (m.right > b.right - 10) box.scrollLeft = m.left - b.left - b.width / 3;
  });
  seen.observe(box);
}

// clean shows what would hide or turn text around: tabs are one space, other control characters but line ends "·".
export function clean(s: string): string {
  return s.replace(/\t/g, " ").replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffd]/g, "·");
}

const kinds: Record<Fault["kind"], string> = { error: "Script error", console: "Console", request: "Request failed" };

function fault(f: Fault, player: PlayerView): Row<Heard> {
  const times = el("span", { class: "problem-code" });
  const where = el("span", { class: "place" });
  const item = el("li", { class: "problem error" },
    el("p", { class: "problem-top" }, el("b", { class: "problem-kind" }, kinds[f.kind] ?? "Fault"), " ", where, " ", times),
    el("p", { class: "problem-message" }, clean(f.text)));
  text(where, typeof f.url === "string" && f.url ? short(f.url, player.film?.hash ?? "") + (f.line ? `:${f.line}` : "") : "");
  return { element: item, update: (h) => text(times, h.times > 1 ? `${h.times} times` : "") };
}

// short leaves out of an address what the stage added to it: its origin and the hash.
function short(url: string, hash: string): string {
  try {
    const path = decodeURI(new URL(url).pathname).slice(1);
    return clean(hash && path.startsWith(hash + "/") ? path.slice(hash.length + 1) : path);
  } catch {
    return clean(url);
  }
}
