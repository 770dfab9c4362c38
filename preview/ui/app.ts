// The page: a picture, what steers it below, what is to be known of the film beside it.

import "./style.css";
import { card } from "./card";
import { el, icon, text } from "./dom";
import type { Film, Place, Scene } from "./film";
import { help, toggleHelp } from "./help";
import { keys } from "./keys";
import { overlay, overlayMenu } from "./overlay";
import { panel } from "./panel";
import { picking } from "./pick";
import { recall, remember } from "./remember";
import { Screens } from "./screens";
import { sheet } from "./sheet";
import { sizeSwitch } from "./sizes";
import { transport } from "./transport";

const screens = new Screens();
const player = screens.main.player;

// link returns the address that opens the author's editor at a place.
function link(place: Place): string | null {
  const film = player.film;
  if (!film?.editor || !film.root || !place.file) return null;
  const path = encodeURI(`${film.root.replaceAll("\\", "/")}/${place.file}`).replaceAll("#", "%23").replaceAll("?", "%3F");
  const template = path.startsWith("/") ? film.editor.replaceAll("/{path}", "{path}") : film.editor; // one slash, not two
  return template.replaceAll("{path}", path).replaceAll("{line}", String(place.line || 1)).replaceAll("{column}", String(place.col || 1));
}

const name = el("h1");
const status = el("p", { class: "status", role: "status" });
const tool = (label: string, shape: string, run: () => void) =>
  el("button", { class: "tool", type: "button", "aria-label": label, title: label, click: run }, icon(shape));
const pressable = (label: string, shape: string, run: () => void) => {
  const b = tool(label, shape, run);
  b.setAttribute("aria-pressed", "false");
  return b;
};

const sheetButton = pressable("Contact sheet (C)", "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z", () => showSheet(contact === null));
const pickButton = pressable("Pick: click the picture to find its source (P)", "M6.5 2.5h-4v4M9.5 2.5h4v4M6.5 13.5h-4v-4M7.5 7.5l6 2.2-2.6 1.1-1.1 2.7z", () => pick.turn(!pick.on));
const pick = picking(screens.main, link, status, (on) => pickButton.setAttribute("aria-pressed", String(on)));
const sizes = sizeSwitch(player, (chosen) => screens.choose(chosen));

const keyboard = tool("Keyboard (?)", "M6 6a2 2 0 1 1 2.8 1.9c-.6.3-.8.7-.8 1.4M8 11.8v.1", () => toggleHelp(dialog));
for (const e of [pickButton, keyboard]) e.classList.add("wide"); // of no use to a thumb

document.body.append(
  el("header", { class: "top" }, name, sizes, el("span", { class: "space" }), status, pickButton, sheetButton, overlayMenu(player),
    tool("Full screen (F)", "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10", fullScreen),
    tool("Light or dark", "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11", nextTheme), keyboard),
);

screens.main.over.append(overlay(player));
const empty = el("p", { class: "empty" }, "Building the film…");
const view = el("main", { class: "view" }, screens.element, empty, card(player, link));
const side = el("div", { class: "side" }, panel(player, link));
const bar = el("div", { class: "bar" }, transport(player, player.still));
document.body.append(view, side, bar);

let contact: HTMLElement | null = null;

function showSheet(on: boolean): void {
  if (on === (contact !== null)) return;
  sheetButton.setAttribute("aria-pressed", String(on));
  if (on) {
    player.pause();
    contact = sheet(player, player.still, () => showSheet(false));
    view.append(el("div", { class: "sheets" }, contact));
  } else {
    contact?.parentElement?.remove();
    contact?.dispatchEvent(new Event("close"));
    contact = null;
  }
}

function fullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void view.requestFullscreen();
}

const themes = ["", "light", "dark"];

function nextTheme(): void {
  const next = themes[(themes.indexOf(document.documentElement.dataset.theme ?? "") + 1) % themes.length];
  remember("theme", { name: next });
  setTheme(next);
}

function setTheme(theme: string): void {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

const open = (tab: string) => document.getElementById(`tab-${tab}`)?.click();
const dialog = help(keys(player, {
  help: () => toggleHelp(dialog),
  fullScreen,
  contactSheet: () => showSheet(contact === null),
  safeAreas: () => document.querySelector<HTMLInputElement>('.overlay-menu input[name="safe"]')?.click(),
  variables: () => open("variables"),
  timing: () => open("timing"),
  narration: () => open("narration"),
  pick: () => pick.turn(!pick.on),
  size: () => {
    const all = [...sizes.querySelectorAll("input")];
    all[(all.findIndex((i) => i.checked) + 1) % all.length]?.click();
  },
  escape: () => {
    pick.turn(false);
    showSheet(false);
  },
}).table);
document.body.append(dialog);
setTheme(recall("theme", { name: "" }).name);

let stage = ""; // origin

player.on("film", (film) => {
  const origin = new URL(film.stage).origin;
  if (stage && origin !== stage) return again();
  stage = origin;
  text(name, film.name);
  document.title = `${film.broken ? "✕ " : ""}${film.name} – hframes`;
  empty.hidden = film.hash !== "";
  if (film.broken) text(empty, "There is no picture yet.");
  say(film);
});

// again loads the page anew, at the same time: a preview that was started again may serve its films from elsewhere, and
// this page may show none from there.
function again(): void {
  history.replaceState(null, "", here());
  location.reload();
}

const here = () => `#t=${Number(player.time.toFixed(3))}`;

function say(film: Film): void {
  const canvas = `${player.width} × ${player.height}, ${player.fps} fps`;
  text(status, film.broken ? "Not built" : `${canvas} · built in ${film.took < 1000 ? `${Math.round(film.took)} ms` : `${(film.took / 1000).toFixed(1)} s`}`);
  status.dataset.kind = film.broken ? "error" : "";
}

player.on("picture", () => player.film && say(player.film));
screens.main.onlive = (live) => {
  if (live && player.film) say(player.film);
  else if (!live) {
    text(status, "The preview has stopped. Waiting for it…");
    status.dataset.kind = "error";
  }
};

// sceneOf returns the scene that stands at a line of a file.
function sceneOf(file: string, line: number): Scene | undefined {
  if (player.film?.kind === "deck") return file === player.film.file ? player.scenes.findLast((s) => s.line <= line) : undefined;
  return player.scenes.find((s) => s.page === file);
}

// An editor's cursor moves the playhead to its scene, where everything has come in. In that scene it already leaves it.
screens.main.oncursor = (file, line) => {
  const scene = sceneOf(file, line);
  if (!scene || (player.time >= scene.start && player.time < scene.start + scene.duration)) return;
  player.seek(scene.start + scene.duration * 0.7);
};

// go follows a deep link: an address that ends in #t=12.4 or #scene=id.
function go(address: string): void {
  const place = new URLSearchParams(new URL(address).hash.slice(1));
  const scene = player.scenes.find((s) => s.id === place.get("scene"));
  if (scene) player.seek(scene.start);
  if (place.has("t")) player.seek(Number(place.get("t")) || 0);
}

const begun = player.on("picture", () => {
  begun();
  go(location.href);
  // From now on the address says where we are, so that loading the page again changes nothing.
  let timer = 0;
  player.on("time", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => history.replaceState(null, "", here()), 400);
  });
});
window.addEventListener("hashchange", (e) => go(e.newURL)); // by now we may have written where we were over it
