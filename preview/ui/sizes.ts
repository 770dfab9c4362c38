// The switch between the sizes of the film.
import "./sizes.css";
import { el, text } from "./dom";
import type { Size } from "./film";
import { rows, type Row } from "./list";
import type { PlayerView } from "./player";

const all: Size = { name: "all", width: 0, height: 0 };

// sizeSwitch offers every size of the film, and all of them side by side; choose is called with the name of the size or
// "all". A film of one size has no switch.
export function sizeSwitch(player: PlayerView, choose: (name: string | "all") => void): HTMLElement {
  let chosen = "";
  const root = el("div", { class: "sizes", role: "radiogroup", "aria-label": "Size of the film" });
  const fill = rows<Size>(root, (s) => s.name, (s) => segment(s, pick));
  function pick(name: string): void {
    chosen = name;
    choose(name);
  }
  const show = () => {
    const film = player.film;
    const sizes = film?.sizes ?? [];
    root.hidden = sizes.length < 2;
    if (!film || root.hidden) return;
    if (chosen !== "all") chosen = film.size;
    fill([...sizes, all]);
    for (const input of root.querySelectorAll("input")) input.checked = input.value === chosen;
  };
  player.on("film", show);
  show();
  return root;
}

// sizeName returns the name of a size as it is shown.
export const sizeName = (name: string) => (name.slice(0, 1).toUpperCase() + name.slice(1)).replace(/^(\d+)x(\d+)$/i, "$1 × $2");

// segment is a radio button: the browser gives it the arrow keys.
function segment(size: Size, pick: (name: string) => void): Row<Size> {
  const input = el("input", { type: "radio", name: "hframes-size", value: size.name, change: () => pick(size.name) });
  const shape = el("span", { class: "sizes-shape", "aria-hidden": "true" });
  const words = el("span", { class: "sizes-name" });
  const element = el("label", { class: "sizes-one" }, input, shape, words);
  if (size === all) shape.append(el("i"), el("i"));
  return {
    element,
    update: (s) => {
      const name = s === all ? "Side by side" : sizeName(s.name);
      text(words, name);
      const full = s === all ? "All sizes side by side" : /^\d/.test(s.name) ? `${s.width} × ${s.height}` : `${name}, ${s.width} × ${s.height}`;
      input.setAttribute("aria-label", full);
      element.title = full;
      if (s === all) return;
      const long = 13 / Math.max(s.width, s.height); // the longer side is 13 px
      shape.style.width = `${Math.max(5, Math.round(s.width * long))}px`;
      shape.style.height = `${Math.max(5, Math.round(s.height * long))}px`;
    },
  };
}
