// Places in the author's files, as links to the editor.
import { el, text } from "./dom";
import type { Place } from "./film";

// A Link gives the address that opens an editor at a place, null where there is none.
export type Link = (place: Place) => string | null;

// placeName writes a place the way the terminal does: file:line:column, as far as they are known.
export function placeName(p: Place): string {
  if (!p.line) return p.file;
  return p.col ? `${p.file}:${p.line}:${p.col}` : `${p.file}:${p.line}`;
}

// placeLink makes an element that setPlace fills.
export function placeLink(): HTMLAnchorElement {
  return el("a", { class: "place" });
}

// setPlace points a link to a place. Without an editor it stays as text.
export function setPlace(a: HTMLAnchorElement, place: Place, link: Link, words = placeName(place)): void {
  text(a, words);
  const to = place.file ? link(place) : null;
  if (!to) {
    a.removeAttribute("href");
    a.removeAttribute("title");
    return;
  }
  if (a.getAttribute("href") !== to) a.setAttribute("href", to);
  a.title = `Open ${placeName(place)} in the editor`;
  if (/^https?:/.test(to)) {
    a.target = "_blank";
    a.rel = "noopener";
  }
}
