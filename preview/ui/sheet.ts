// The contact sheet: one picture of each scene.
import "./sheet.css";
import { clock } from "./clock";
import { el, text } from "./dom";
import type { Scene } from "./film";
import { rows, type Row } from "./list";
import type { PlayerView, StillMaker } from "./player";

const most = 12; // stills that live at once: each is a document
const patience = 3000; // ms that one still is waited for before the next begins

// A Tile is a scene on the sheet.
interface Tile extends Row<Scene> {
  scene: Scene;
  seen: boolean; // on screen
  box: HTMLElement;
  of: string; // what the still shows; "" = there is none
  drop: () => void;
}

// sheet shows the scenes; a click on one goes there and calls close, as Escape does. still makes the pictures: only of
// tiles on screen, one after another.
export function sheet(player: PlayerView, still: StillMaker, close: () => void): HTMLElement {
  const grid = el("ul", { class: "sheet-grid" });
  const none = el("p", { class: "none" }, "No scenes yet.");
  const root = el("section", { class: "sheet", "aria-label": "Contact sheet", keydown: (e: KeyboardEvent) => key(e) }, grid, none);
  const tiles = new Map<Element, Tile>();
  const fill = rows<Scene>(grid, (s) => s.id, (s) => {
    const t = tile(s, player, close);
    tiles.set(t.element, t);
    watch.observe(t.element);
    return t;
  });
  let loading = false;

  const watch = new IntersectionObserver((entries) => {
    for (const e of entries) {
      const t = tiles.get(e.target);
      if (t) t.seen = e.isIntersecting;
    }
    work();
  });
  // work drops the stills that nobody sees and begins the next one that is missing or of an older picture.
  function work(): void {
    const live = [...tiles.values()].filter((t) => t.seen).slice(0, most);
    for (const t of tiles.values()) if (t.of && !live.includes(t)) empty(t);
    if (loading || !player.film?.hash) return;
    const next = live.find((t) => t.of !== name(t.scene, player));
    if (next) load(next);
  }
  // load lays the new still over the old one, which goes when the new one is there.
  function load(t: Tile): void {
    loading = true;
    const layer = el("div", { class: "sheet-still" });
    const old = t.drop;
    t.of = name(t.scene, player);
    t.box.append(layer);
    const drop = still(layer, shown(t.scene));
    t.drop = () => { drop(); layer.remove(); done(); };
    const timer = window.setTimeout(done, patience);
    layer.addEventListener("shown", done);
    let over = false;
    function done(): void {
      if (over) return;
      over = true;
      clearTimeout(timer);
      old();
      layer.classList.add("ready");
      loading = false;
      work();
    }
  }
  function key(e: KeyboardEvent): void {
    if (e.key === "Escape") {
      e.stopPropagation();
      close();
      return;
    }
    const step = arrows(e.key, grid);
    if (!step) return;
    const buttons = [...grid.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = buttons[at + step];
    if (at < 0 || !to) return;
    e.preventDefault();
    e.stopPropagation();
    to.focus();
  }
  const mark = () => {
    const now = player.sceneAt(player.time)?.id;
    for (const t of tiles.values()) {
      if (t.scene.id === now) t.element.setAttribute("aria-current", "true");
      else t.element.removeAttribute("aria-current");
    }
  };
  const lay = () => {
    const shape = player.width && player.height ? player.height / player.width : 9 / 16;
    root.style.setProperty("--shape", String(1 / shape));
    grid.style.setProperty("--columns", String(columns(root.clientWidth, root.clientHeight, shape, player.scenes.length)));
  };
  const show = () => {
    lay();
    fill(player.scenes);
    for (const [element, t] of tiles) {
      if (grid.contains(element)) continue;
      watch.unobserve(element);
      tiles.delete(element);
      empty(t);
    }
    grid.hidden = player.scenes.length === 0;
    none.hidden = !grid.hidden;
    mark();
    work();
  };
  const resized = new ResizeObserver(lay);
  resized.observe(root);
  const offs = [player.on("film", show), player.on("picture", show), player.on("time", mark)];
  // Who takes the sheet off the page says "close" to it. It is never shown again.
  root.addEventListener("close", () => {
    for (const off of offs) off();
    watch.disconnect();
    resized.disconnect();
    for (const t of tiles.values()) t.seen = false;
    work();
  }, { once: true });
  show();
  return root;
}

// columns returns how many tiles stand side by side in a sheet of width × height px: as many as are wide enough to be
// looked at, but so few that no more are on screen than may live. shape is a picture's height / width.
function columns(width: number, height: number, shape: number, scenes: number): number {
  const least = shape > 1 ? 150 : 240;
  for (let n = Math.min(scenes, Math.floor(width / least)); n > 1; n--) {
    const tile = ((width - 32 - 16 * (n - 1)) / n) * shape + 44; // px, with its words and the gap (sheet.css)
    const rows = Math.floor(height / tile) + 2; // the first and the last in part
    if (scenes <= most || n * rows <= most) return n;
  }
  return 1;
}

// shown is the time of a scene's still: late enough that what comes in has come.
function shown(s: Scene): number {
  return s.start + s.duration * 0.7;
}

// name tells stills apart. A build that only moves a scene in time needs no new still of it, but nobody knows that here.
function name(s: Scene, player: PlayerView): string {
  return `${player.film?.hash}@${shown(s).toFixed(3)}`;
}

function empty(t: Tile): void {
  t.of = "";
  const drop = t.drop;
  t.drop = () => {};
  drop();
}

function tile(first: Scene, player: PlayerView, close: () => void): Tile {
  const box = el("span", { class: "sheet-box" });
  const title = el("span", { class: "sheet-title" });
  const time = el("span", { class: "sheet-time" });
  const button = el("button", { class: "sheet-tile", type: "button", click: () => { player.seek(t.scene.start); close(); } }, box, title, " ", time);
  const t: Tile = {
    element: el("li", {}, button), box, scene: first, seen: false, of: "", drop: () => {},
    update: (s) => {
      t.scene = s;
      text(title, s.title || s.id);
      text(time, `${clock(s.start)}–${clock(s.start + s.duration)}`);
    },
  };
  return t;
}

// arrows turns a key into a number of tiles, by how many stand in a row; 0 = not a key of ours.
function arrows(key: string, grid: HTMLElement): number {
  const row = Number(grid.style.getPropertyValue("--columns"));
  return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row }[key] ?? 0;
}
