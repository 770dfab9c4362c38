// Lines and shapes over the picture: what a television cuts off, and what the apps put over a film.
//
// The shapes are in px of the film. Those of an app are drawn for a screen 1080 px wide (1920 for YouTube) and scaled to
// the film's width; what hangs from the bottom keeps its distance to the bottom. The dashed line around the free part
// follows the margins that the platforms publish for advertisers: Google for Shorts 288/192/672/48 px (top, right,
// bottom, left), TikTok 130/140/484/44, Meta for Reels 14 % of the top, 35 % of the bottom, 6 % of the sides.
import "./overlay.css";
import { el, icon } from "./dom";
import type { PlayerView } from "./player";
import { recall, remember } from "./remember";

interface Choice {
  safe: boolean;
  centre: boolean;
  thirds: boolean;
  platform: string; // "" = none
}

// Every overlay and menu of the window shows the same choice.
let chosen: Choice = recall("overlay", { safe: false, centre: false, thirds: false, platform: "" });
const changed = new EventTarget();

function choose(change: Partial<Choice>): void {
  chosen = { ...chosen, ...change };
  remember("overlay", chosen);
  changed.dispatchEvent(new Event("change"));
}

interface Platform {
  id: string;
  name: string;
  base: number; // px; the width it is drawn for
  fits: (shape: number) => boolean; // by height / width
  draw: (d: Drawing) => void;
}

const tall = (shape: number) => shape >= 1.5;
const platforms: Platform[] = [
  { id: "youtube", name: "YouTube", base: 1920, fits: (s) => s < 0.9, draw: youtube },
  { id: "endscreen", name: "YouTube end screen", base: 1920, fits: (s) => s < 0.9, draw: endscreen },
  { id: "shorts", name: "YouTube Shorts", base: 1080, fits: tall, draw: shorts },
  { id: "tiktok", name: "TikTok", base: 1080, fits: tall, draw: tiktok },
  { id: "reels", name: "Instagram Reels", base: 1080, fits: tall, draw: reels },
  { id: "feed", name: "Instagram feed", base: 1080, fits: (s) => s >= 0.9 && !tall(s), draw: feed },
];

// overlay is a layer of the size of the picture. It takes no clicks.
export function overlay(player: PlayerView): HTMLElement {
  const root = el("div", { class: "overlay", "aria-hidden": "true" });
  let drawn = "";
  const show = () => {
    const { width, height } = player;
    const key = JSON.stringify([width, height, chosen]);
    if (key === drawn) return;
    drawn = key;
    root.replaceChildren(...(width && height ? picture(width, height) : []));
  };
  player.on("film", show);
  player.on("picture", show);
  changed.addEventListener("change", show);
  show();
  return root;
}

// overlayMenu is the button that chooses. It offers the platforms that show films of this shape.
export function overlayMenu(player: PlayerView): HTMLElement {
  const lines = ([["safe", "Safe areas"], ["centre", "Centre cross"], ["thirds", "Thirds"]] as const).map(([key, name]) => {
    const input = el("input", { type: "checkbox", name: key, change: () => choose({ [key]: input.checked }) });
    return { key, input, element: el("label", { class: "overlay-option" }, input, el("span", {}, name)) };
  });
  const radios = [{ id: "", name: "None" }, ...platforms].map((p) => {
    const input = el("input", { type: "radio", name: "hframes-platform", value: p.id, change: () => choose({ platform: p.id }) });
    return { platform: p, input, element: el("label", { class: "overlay-option" }, input, el("span", {}, p.name)) };
  });
  const menu = el("div", { class: "overlay-menu", popover: "auto", role: "dialog", "aria-label": "Overlays" },
    el("fieldset", {}, el("legend", {}, "Lines"), ...lines.map((l) => l.element)),
    el("fieldset", {}, el("legend", {}, "Platform"), ...radios.map((r) => r.element)));
  const button = el("button", { class: "overlay-button", type: "button", "aria-label": "Overlays", "aria-haspopup": "dialog", title: "Safe areas and platform overlays" },
    icon("M2 3.5H14V12.5H2ZM4.5 6H11.5V10H4.5Z"));
  button.popoverTargetElement = menu;
  const root = el("div", { class: "overlay-control" }, button, menu);
  menu.addEventListener("toggle", (e) => {
    const open = (e as ToggleEvent).newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (open) stand(menu, button);
  });
  const show = () => {
    const shape = player.width ? player.height / player.width : 0;
    for (const l of lines) l.input.checked = chosen[l.key];
    const fits = (id: string) => platforms.some((p) => p.id === id && p.fits(shape));
    for (const r of radios) {
      r.element.hidden = r.platform.id !== "" && !fits(r.platform.id);
      r.input.checked = fits(chosen.platform) ? r.platform.id === chosen.platform : r.platform.id === "";
    }
    button.classList.toggle("on", chosen.safe || chosen.centre || chosen.thirds || fits(chosen.platform));
  };
  player.on("film", show);
  player.on("picture", show);
  changed.addEventListener("change", show);
  show();
  return root;
}

// stand puts the menu beside its button, on the side where there is room.
function stand(menu: HTMLElement, button: HTMLElement): void {
  const b = button.getBoundingClientRect();
  const [w, h] = [menu.offsetWidth, menu.offsetHeight];
  const below = b.bottom + 6 + h <= innerHeight || b.top < h + 6;
  menu.style.top = `${below ? Math.min(b.bottom + 6, Math.max(8, innerHeight - h - 8)) : b.top - 6 - h}px`;
  menu.style.left = `${Math.max(8, Math.min(b.right - w, innerWidth - w - 8))}px`;
}

const ns = "http://www.w3.org/2000/svg";

function shape(tag: string, attributes: Record<string, string | number>): SVGElement {
  const e = document.createElementNS(ns, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, String(value));
  return e;
}

// picture draws what was chosen; names of lines are not part of the drawing, so that they stay as large as other text.
function picture(width: number, height: number): Element[] {
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
  const names: Element[] = [];
  const platform = platforms.find((p) => p.id === chosen.platform && p.fits(height / width));
  if (platform) {
    const scale = width / platform.base;
    const g = shape("g", { transform: `scale(${scale})` });
    platform.draw(new Drawing(g, platform.base, height / scale));
    svg.append(g);
  }
  const d = new Drawing(svg, width, height);
  if (chosen.thirds) {
    for (const k of [1, 2]) d.line(`M${(width * k) / 3} 0V${height}M0 ${(height * k) / 3}H${width}`, "thin");
  }
  if (chosen.safe) {
    for (const [part, name, kind] of [[0.93, "Action safe 93 %", ""], [0.9, "Title safe 90 %", "dashed"]] as const) {
      const [x, y] = [(width * (1 - part)) / 2, (height * (1 - part)) / 2];
      d.line(`M${x} ${y}H${width - x}V${height - y}H${x}Z`, kind);
      const inset = `${50 - 50 * part}%`;
      names.push(el("span", { class: `overlay-name ${kind ? "inside" : "below"}`, style: `left:${inset};${kind ? "top" : "bottom"}:${inset}` }, name));
    }
  }
  if (chosen.centre) {
    const [x, y, r] = [width / 2, height / 2, Math.min(width, height) / 24];
    d.line(`M${x - r} ${y}H${x + r}M${x} ${y - r}V${y + r}`, "");
  }
  return [svg, ...names];
}

// A Drawing places shapes into a group of w × h px. Distances called up are measured from the bottom edge.
class Drawing {
  constructor(private g: SVGElement, readonly w: number, readonly h: number) {}

  // line draws a path twice, dark under light, so that it is seen on every picture.
  line(d: string, kind: string): void {
    this.g.append(shape("path", { d, class: "line under" }), shape("path", { d, class: `line ${kind}` }));
  }
  zone(x: number, y: number, w: number, h: number): void {
    this.g.append(shape("rect", { x, y, width: w, height: h, class: "zone" }));
  }
  box(x: number, y: number, w: number, h: number, r = Math.min(w, h) / 2): void {
    this.g.append(shape("rect", { x, y, width: w, height: h, rx: r, class: "part" }));
  }
  dot(x: number, y: number, r: number): void {
    this.g.append(shape("circle", { cx: x, cy: y, r, class: "part" }));
  }
  path(d: string, x: number, y: number): void {
    this.g.append(shape("path", { d, transform: `translate(${x} ${y})`, class: "part" }));
  }
  // free frames the part of the picture that the margins leave, and greys the rest. Buttons that stand inside of the
  // margins at the right take a corner: its width from the edge, and its height up.
  free(top: number, right: number, bottom: number, left: number, corner = { width: right, up: bottom }): void {
    const [x, y, u, v] = [left, top, this.w - right, this.h - bottom];
    const frame = `M${x} ${y}H${u}V${this.h - corner.up}H${this.w - corner.width}V${v}H${x}Z`;
    this.g.append(shape("path", { d: `M0 0H${this.w}V${this.h}H0Z${frame}`, class: "zone" }));
    this.line(frame, "dashed");
  }
  // slot is a place that something may take.
  slot(d: string): void {
    this.g.append(shape("path", { d, class: "zone" }));
    this.line(d, "");
  }
  // column draws the buttons at the right: their centres, up from the bottom, each with its number below.
  column(x: number, r: number, ups: number[]): void {
    for (const up of ups) {
      this.dot(x, this.h - up, r);
      this.box(x - 26, this.h - up + r + 12, 52, 16);
    }
  }
  // tabs draws the five places of an app's bottom bar.
  tabs(up: number): void {
    for (let i = 0; i < 5; i++) this.box((this.w * (i + 0.5)) / 5 - 26, this.h - up, 52, 44, 12);
  }
}

function youtube(d: Drawing): void {
  const { w, h } = d;
  d.zone(0, h - 130, w, 130);
  d.zone(0, 0, w, 120);
  d.dot(64, 60, 26);
  d.box(108, 34, 620, 24);
  d.box(108, 70, 260, 16);
  d.box(w - 170, 44, 36, 36, 6);
  d.box(w - 100, 44, 36, 36, 6);
  d.box(24, h - 92, w - 48, 6);
  d.box(24, h - 93, (w - 48) * 0.4, 8);
  d.dot(24 + (w - 48) * 0.4, h - 89, 11);
  d.path("M0-19 32 0 0 19Z", 40, h - 42);
  d.path("M0-16 24 0 0 16ZM26-16H31V16H26Z", 112, h - 42);
  d.path("M0-8H9L20-18V18L9 8H0Z", 190, h - 42);
  d.box(250, h - 51, 150, 18);
  for (let i = 0; i < 5; i++) d.box(w - 76 - i * 72, h - 58, 40, 32, 6);
}

// endscreen shows where the last seconds may hold elements: two films, a channel, a link.
function endscreen(d: Drawing): void {
  const { w, h } = d;
  const [fw, fh] = [612, 344];
  d.zone(0, h - 130, w, 130);
  for (const x of [w / 2 - fw - 160, w / 2 + 160]) {
    d.slot(`M${x} ${h * 0.42 - fh / 2}h${fw}v${fh}h${-fw}Z`);
    d.path("M-24-32 36 0-24 32Z", x + fw / 2, h * 0.42);
  }
  d.slot(`M${w / 2 - 130} ${h * 0.42}a130 130 0 0 1 260 0a130 130 0 0 1-260 0Z`);
  d.line(`M${w * 0.05} ${h * 0.05}H${w * 0.95}V${h - 150}H${w * 0.05}Z`, "dashed");
}

function shorts(d: Drawing): void {
  const { w, h } = d;
  d.free(288, 192, 672, 48);
  for (const x of [w - 270, w - 170, w - 70]) d.dot(x, 110, 30);
  d.box(48, 88, 44, 44, 8);
  d.column(w - 88, 46, [1060, 890, 720, 550, 380]);
  d.box(w - 134, h - 276, 92, 92, 16);
  d.dot(84, h - 356, 40);
  d.box(142, h - 372, 250, 32);
  d.box(420, h - 386, 200, 60);
  d.box(44, h - 284, 720, 26);
  d.box(44, h - 240, 480, 26);
  d.box(0, h - 152, w, 6, 0);
  d.tabs(104);
}

function tiktok(d: Drawing): void {
  const { w, h } = d;
  d.free(130, 140, 484, 44);
  d.box(w / 2 - 210, 64, 180, 32);
  d.box(w / 2 + 30, 64, 150, 32);
  d.box(w / 2 + 75, 112, 60, 6);
  d.dot(w - 70, 80, 28);
  d.box(36, 56, 96, 48, 12);
  d.dot(w - 72, h - 920, 50);
  d.dot(w - 72, h - 866, 20);
  d.column(w - 72, 40, [760, 620, 480, 340]);
  d.dot(w - 72, h - 208, 44);
  d.box(40, h - 412, 300, 34);
  d.box(40, h - 356, 760, 26);
  d.box(40, h - 314, 620, 26);
  d.box(40, h - 258, 420, 28);
  d.box(0, h - 152, w, 4, 0);
  d.tabs(104);
}

function reels(d: Drawing): void {
  const { w, h } = d;
  d.free(0.14 * h, 0.06 * w, 0.35 * h, 0.06 * w, { width: 140, up: 890 });
  d.box(48, 84, 190, 48, 12);
  d.dot(w - 80, 108, 30);
  d.column(w - 78, 38, [820, 680, 540]);
  d.box(w - 104, h - 424, 52, 12);
  d.box(w - 114, h - 340, 72, 72, 14);
  d.dot(88, h - 404, 42);
  d.box(148, h - 420, 240, 32);
  d.box(414, h - 434, 150, 60, 14);
  d.box(48, h - 332, 700, 26);
  d.box(48, h - 288, 440, 26);
  d.box(48, h - 232, 340, 42);
  d.tabs(104);
}

// feed has its buttons below the picture; over it are two badges. The profile grid shows the middle, 3:4.
function feed(d: Drawing): void {
  const { w, h } = d;
  const x = (w - (h * 3) / 4) / 2;
  if (x > 0) {
    d.zone(0, 0, x, h);
    d.zone(w - x, 0, x, h);
    d.line(`M${x} 0V${h}M${w - x} 0V${h}`, "dashed");
  }
  d.dot(64, h - 64, 32);
  d.dot(w - 64, h - 64, 32);
  d.box(w - 150, 36, 114, 60);
}
