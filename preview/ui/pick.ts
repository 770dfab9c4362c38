// Picking: what is drawn at a pixel, and where in the author's files it comes from.

import { el, text } from "./dom";
import type { Place } from "./film";
import type { Link } from "./place";
import { placeName } from "./place";
import type { Hit } from "./protocol";
import type { Screen } from "./screen";

export interface Picking {
  readonly on: boolean;
  turn(on: boolean): void;
}

// picking lets a screen be picked from while it is on, and with Alt held at any time: a click opens the editor, and says
// the place in status.
export function picking(screen: Screen, link: Link, status: HTMLElement, turned: (on: boolean) => void): Picking {
  const player = screen.player;
  const frame = el("div", { class: "picked" });
  screen.over.append(frame);
  let on = false;
  let moves = 0;

  const at = async (e: PointerEvent | MouseEvent) => {
    const box = screen.over.getBoundingClientRect();
    const k = player.width / box.width;
    const found = await player.hits((e.clientX - box.x) * k, (e.clientY - box.y) * k);
    const place = await source(found);
    return place && { ...place, k };
  };
  const source = async (found: Hit[]): Promise<{ place: Place; hit: Hit } | null> => {
    for (const hit of found) {
      const place = await sourceOf(hit);
      if (place) return { place, hit };
    }
    return null;
  };
  const sourceOf = async (hit: Hit): Promise<Place | null> => {
    const film = player.film;
    if (!film || !hit.id) return null;
    if (film.kind === "deck") {
      const element = player.scenes.flatMap((s) => s.elements).find((e) => e.id === hit.id);
      return element ? { file: film.file, line: element.line, col: 1 } : null;
    }
    const answer = await fetch(`source?${new URLSearchParams({ file: hit.file || film.entry, id: hit.id })}`);
    if (!answer.ok) return null;
    const p = (await answer.json()) as { file: string; line: number; col: number };
    return p;
  };
  screen.over.addEventListener("pointermove", async (e) => {
    const mine = ++moves;
    const found = on || e.altKey ? await at(e) : null;
    if (mine !== moves) return; // the pointer has moved on
    frame.style.display = found ? "block" : "none";
    if (!found) return;
    const [x, y, width, height] = found.hit.box.map((v) => v / found.k);
    Object.assign(frame.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    frame.dataset.place = placeName(found.place);
  });
  screen.over.addEventListener("pointerleave", () => {
    moves++;
    frame.style.display = "none";
  });
  screen.over.addEventListener("click", async (e) => {
    if (!on && !e.altKey) return player.toggle();
    const found = await at(e);
    if (!found) return text(status, "Nothing of the film is there");
    text(status, placeName(found.place));
    const to = link(found.place);
    if (to) el("a", { href: to, target: /^https?:/.test(to) ? "_blank" : undefined, rel: "noopener" }).click();
  });
  return {
    get on() {
      return on;
    },
    turn(next) {
      on = next;
      screen.element.classList.toggle("picking", on);
      if (!on) frame.style.display = "none";
      turned(on);
    },
  };
}
