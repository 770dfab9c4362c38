// The card over the picture when a build failed. The picture of the last good build stays around and behind it.
import "./card.css";
import { el, icon, text } from "./dom";
import type { Link } from "./place";
import type { PlayerView } from "./player";
import { type Count, count, counted, problems } from "./problems";

// card opens by itself when the newest build has errors, and goes by itself when it has none. Warnings and faults of the
// page are a chip that opens the same list. What the author opened or closed stays so until the next build.
export function card(player: PlayerView, link: Link): HTMLElement {
  let asked: boolean | null = null; // what the author chose for this build
  let build = player.film?.build ?? 0;
  let failed = false;

  const title = el("h2", { class: "card-title" });
  const note = el("p", { class: "card-note" });
  const close = el("button", { class: "card-close", type: "button", "aria-label": "Minimise problems", title: "Minimise (Esc)", click: () => ask(false) },
    icon("M4 6.5 8 10.5 12 6.5"));
  const sheet = el("section", { class: "card-sheet", "aria-label": "Problems", keydown: (e: KeyboardEvent) => escape(e) },
    el("header", { class: "card-top" }, el("div", { class: "card-head" }, title, note), close), el("div", { class: "card-body" }, problems(player, link)));
  const words = el("span", { class: "card-words" });
  const chip = el("button", { class: "card-chip", type: "button", "aria-expanded": "false", click: () => ask(true) },
    icon("M8 2 15 14H1ZM8 6.5V9.5M8 11.5V12"), words);
  const said = el("p", { class: "card-said", role: "status", "aria-live": "polite" });
  const root = el("div", { class: "card" }, sheet, chip, said);

  function escape(e: KeyboardEvent): void {
    if (e.key !== "Escape") return;
    e.stopPropagation();
    ask(false);
  }
  function ask(open: boolean): void {
    asked = open;
    show();
    (open ? close : chip).focus();
  }
  function show(): void {
    const film = player.film;
    const c = count(player);
    const wrong = c.errors > 0 || film?.broken === true;
    if (film && film.build !== build) {
      if (asked === false || (failed && !wrong)) asked = null;
      build = film.build;
    }
    const any = wrong || c.warnings + c.faults > 0;
    const open = any && (asked ?? wrong);
    sheet.hidden = !open;
    chip.hidden = !any || open;
    chip.classList.toggle("error", wrong || c.faults > 0);
    text(title, heading(c));
    text(words, heading(c));
    text(note, wrong && film ? (film.hash ? "The picture is from the last good build." : "There is no picture yet.") : "");
    const first = film?.diagnostics.find((d) => d.severity === "error");
    text(said, first ? `${heading(c)}. ${first.message}` : wrong ? heading(c) : failed ? "Fixed" : "");
    failed = wrong;
  }
  player.on("film", show);
  player.on("faults", show);
  show();
  return root;
}

function heading(c: Count): string {
  return counted(c) || "The build failed";
}
