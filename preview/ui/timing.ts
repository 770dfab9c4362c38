// The table of scenes: when each begins, how long it is, and why.
import "./timing.css";
import { clock, span } from "./clock";
import { el, text } from "./dom";
import type { Scene } from "./film";
import { rows, type Row } from "./list";
import { type Link, placeLink, setPlace } from "./place";
import type { PlayerView } from "./player";

// timing lists the scenes; a click on one moves the playhead to its start.
export function timing(player: PlayerView, link: Link): HTMLElement {
  const body = el("tbody");
  const total = el("th", { scope: "row" });
  const length = el("td", { class: "timing-time", colspan: 2 });
  const table = el("table", { class: "timing-table", "aria-label": "Scenes" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Scene"), el("th", { scope: "col", class: "timing-time" }, "Start"),
      el("th", { scope: "col", class: "timing-time" }, "Length"))),
    body, el("tfoot", {}, el("tr", {}, total, length)));
  const none = el("p", { class: "none" }, "No scenes yet.");
  const elements = new Map<string, HTMLElement>();
  const fill = rows<Scene>(body, (s) => s.id, (s) => {
    const row = line(s, player, link);
    elements.set(s.id, row.element);
    return row;
  });
  let current: HTMLElement | undefined;
  const mark = () => {
    const now = elements.get(player.sceneAt(player.time)?.id ?? "");
    if (now === current) return;
    current?.removeAttribute("aria-current");
    now?.setAttribute("aria-current", "true");
    current = now;
  };
  // The table goes along with the playhead, but not from under a pointer or the focus.
  const follow = () => {
    const before = current;
    mark();
    if (current !== before && !table.matches(":hover, :focus-within")) current?.scrollIntoView({ block: "nearest" });
  };
  const show = () => {
    const scenes = player.scenes;
    fill(scenes);
    table.hidden = scenes.length === 0;
    none.hidden = !table.hidden;
    const guessed = scenes.filter((s) => s.estimated).length;
    text(total, `${scenes.length} scene${scenes.length === 1 ? "" : "s"}${guessed ? `, ${guessed} estimated` : ""}`);
    text(length, span(player.duration));
    const ids = new Set(scenes.map((s) => s.id));
    for (const id of elements.keys()) if (!ids.has(id)) elements.delete(id);
    mark();
  };
  player.on("film", show);
  player.on("picture", show);
  player.on("time", follow);
  show();
  return el("div", { class: "timing" }, table, none);
}

function line(first: Scene, player: PlayerView, link: Link): Row<Scene> {
  let scene = first;
  const title = el("button", { class: "timing-title", type: "button" });
  const rule = el("span", { class: "timing-rule" });
  const guessed = el("span", { class: "timing-guessed" }, "estimated");
  const place = placeLink();
  const reason = el("p", { class: "timing-reason" });
  const share = el("i");
  const start = el("td", { class: "timing-time" });
  const length = el("td", { class: "timing-time" });
  const element = el("tr", { click: (e: MouseEvent) => go(e) },
    el("td", { class: "timing-scene" }, title, el("div", { class: "timing-why" }, rule, guessed, place), reason,
      el("span", { class: "timing-share", "aria-hidden": "true" }, share)),
    start, length);
  // A click that ends a selection of text, or that follows the link, goes nowhere else.
  function go(e: MouseEvent): void {
    if ((e.target as Element).closest("a") || !getSelection()?.isCollapsed) return;
    player.seek(scene.start);
  }
  return {
    element,
    update: (s) => {
      scene = s;
      text(title, s.title || s.id);
      title.setAttribute("aria-label", `Go to ${s.title || s.id}`);
      text(rule, s.rule);
      rule.hidden = !s.rule;
      guessed.hidden = !s.estimated;
      text(reason, s.reason.replaceAll(/(\d) (?=s\b)/g, "$1\u00a0")); // a number stays with its unit
      reason.hidden = !s.reason;
      text(start, clock(s.start));
      text(length, span(s.duration));
      const file = player.film?.file ?? "";
      place.hidden = !file || !s.line;
      if (!place.hidden) setPlace(place, { file, line: s.line, col: 0 }, link, `line ${s.line}`);
      const whole = player.duration || 1;
      share.style.left = `${(100 * s.start) / whole}%`;
      share.style.width = `${(100 * s.duration) / whole}%`;
    },
  };
}
