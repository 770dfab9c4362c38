// The bar below the picture: the scrubber, and a row of everything else that moves or sounds.
import "./transport.css";
import { el, icon, text } from "./dom";
import * as moves from "./moves";
import type { PlayerView, StillMaker } from "./player";
import { scrubber } from "./scrubber";
import { format, frameAt, parse } from "./timecode";

// transport returns the bar. still draws the pictures of the scrubber.
export function transport(player: PlayerView, still: StillMaker): HTMLElement {
  return el(
    "section",
    { class: "transport", "aria-label": "Playback" },
    scrubber(player, still),
    el("div", { class: "transport-row" }, times(player), buttons(player), tools(player)),
  );
}

const icons = {
  play: "M4.5 2.5v11l9-5.5z",
  pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",
  back: "M8.5 4l-4 4 4 4M12 4v8",
  forward: "M7.5 4l4 4-4 4M4 4v8",
  previous: "M13 3.5v9L5.5 8zM2.8 3.5v9h1v-9z",
  next: "M3 3.5v9L10.5 8zM12.2 3.5v9h1v-9z",
  in: "M9 2.5H5.5v11H9M9 8h4M11 6l2 2-2 2",
  out: "M7 2.5h3.5v11H7M7 8H3M5 6L3 8l2 2",
  loop: "M4 9.5V7a2.5 2.5 0 0 1 2.5-2.5h6M10.5 2.5l2 2-2 2M12 6.5V9a2.5 2.5 0 0 1-2.5 2.5h-6M5.5 13.5l-2-2 2-2",
  clear: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  loud: "M2.5 6v4H5l3.5 3V3L5 6zM10.5 6a2.8 2.8 0 0 1 0 4M12.3 4a5.6 5.6 0 0 1 0 8",
  muted: "M2.5 6v4H5l3.5 3V3L5 6zM11 6.2l3.6 3.6M14.6 6.2L11 9.8",
};

// button returns a button that is only an icon. key is the key that does the same.
function button(name: string, key: string, shape: string, run: () => void): HTMLButtonElement {
  return el("button", { type: "button", "aria-label": name, title: key ? `${name} (${key})` : name, click: run }, icon(shape));
}

// rename gives a button the name of what it does next.
function rename(e: HTMLButtonElement, name: string, key: string, shape: string): void {
  e.setAttribute("aria-label", name);
  e.title = `${name} (${key})`;
  e.querySelector("path")?.setAttribute("d", shape);
}

function buttons(player: PlayerView): HTMLElement {
  const play = button("Play", "Space", icons.play, () => moves.playPause(player));
  play.classList.add("transport-play");
  const show = () => rename(play, player.playing ? "Pause" : "Play", "Space", player.playing ? icons.pause : icons.play);
  player.on("play", show);
  show();
  const solid = (e: HTMLButtonElement) => {
    e.classList.add("solid");
    return e;
  };
  return el(
    "div",
    { class: "transport-buttons" },
    button("Set loop start", "I", icons.in, () => moves.setIn(player)),
    solid(button("Previous scene", ",", icons.previous, () => moves.previousScene(player))),
    button("Back one frame", "←", icons.back, () => player.step(-1)),
    solid(play),
    button("Forward one frame", "→", icons.forward, () => player.step(1)),
    solid(button("Next scene", ".", icons.next, () => moves.nextScene(player))),
    button("Set loop end", "O", icons.out, () => moves.setOut(player)),
  );
}

function times(player: PlayerView): HTMLElement {
  const time = field(player, {
    name: "Time",
    hint: "0:06:12, 12.4s, +10f or #scene",
    show: (t) => format(t, player.fps),
    read: (typed) => parse(typed, player),
  });
  const frame = field(player, {
    name: "Frame",
    hint: "Number of the frame",
    show: (t) => String(frameAt(t, player.fps)),
    read: (typed) => parse(/^\s*\d+\s*$/.test(typed) ? `f${typed.trim()}` : typed, player),
  });
  const duration = el("span", { class: "transport-duration" });
  const all = el(
    "div",
    { class: "transport-times" },
    time,
    el("span", { class: "transport-slash", "aria-hidden": "true" }, "/"),
    el("span", { class: "hidden-text" }, "Duration"),
    duration,
    el("label", { class: "transport-frame" }, el("span", { "aria-hidden": "true" }, "Frame"), frame),
  );
  const show = () => {
    text(duration, format(player.duration, player.fps));
    all.classList.toggle("long", player.duration >= 3600); // one more number in each
  };
  player.on("film", show);
  player.on("picture", show);
  show();
  return all;
}

// A way to write times, s; what read does not understand is null.
interface Writing {
  name: string;
  hint: string;
  show(t: number): string;
  read(typed: string): number | null;
}

// field returns a field that shows the time in one way and goes where one types. It is left alone while one is in it.
function field(player: PlayerView, { name, hint, show, read }: Writing): HTMLInputElement {
  const e = el("input", { "aria-label": name, title: hint, autocomplete: "off", spellcheck: "false", enterkeyhint: "go" });
  let inside = false;
  const restore = () => {
    e.value = show(player.time);
    e.removeAttribute("aria-invalid");
  };
  const update = () => {
    if (!inside) restore();
  };
  e.addEventListener("focus", () => {
    inside = true;
    e.select();
  });
  e.addEventListener("blur", () => {
    inside = false;
    restore();
  });
  e.addEventListener("input", () => e.removeAttribute("aria-invalid"));
  e.addEventListener("keydown", (k) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[k.key];
    if (k.key === "Enter") {
      const t = read(e.value);
      if (t === null) return e.setAttribute("aria-invalid", "true");
      player.seek(t);
      e.blur();
    } else if (k.key === "Escape") {
      e.blur();
    } else if (step && !k.altKey && !k.ctrlKey && !k.metaKey) {
      player.step(k.shiftKey ? step * 10 : step);
      restore();
      e.select();
    } else {
      return;
    }
    k.preventDefault();
    k.stopPropagation();
  });
  player.on("time", update);
  player.on("film", update);
  player.on("picture", update);
  update();
  return e;
}

function tools(player: PlayerView): HTMLElement {
  return el("div", { class: "transport-tools" }, ...loop(player), rate(player), ...volume(player));
}

// loop returns the switch of the loop, and its range with a button that clears it.
function loop(player: PlayerView): HTMLElement[] {
  const toggle = button("Loop", "R", icons.loop, () => player.setLoop(!player.loop));
  const range = el("span", { class: "transport-range" });
  const clear = button("Clear loop range", "X", icons.clear, () => moves.clearRange(player));
  const shown = el("span", { class: "transport-loop" }, range, clear);
  const show = () => {
    toggle.setAttribute("aria-pressed", String(player.loop));
    const r = player.range;
    shown.hidden = r === null;
    if (r) text(range, `${format(r.in, player.fps)} – ${format(r.out, player.fps)}`);
  };
  player.on("range", show);
  player.on("film", show);
  show();
  return [toggle, shown];
}

// rate returns the menu of speeds. While one shuttles it has that speed, too.
function rate(player: PlayerView): HTMLElement {
  const name = (r: number) => `${r < 0 ? "−" : ""}${Math.abs(r)}×`;
  const choice = (r: number) => el("option", { value: r }, name(r));
  const extra = choice(0);
  const menu = el("select", { class: "transport-rate", "aria-label": "Speed", title: "Speed" }, ...moves.rates.map(choice));
  menu.addEventListener("change", () => {
    player.setRate(Number(menu.value));
    menu.blur(); // the keys are the film's again
  });
  const show = () => {
    const known = moves.rates.includes(player.rate);
    if (known) {
      extra.remove();
    } else {
      extra.value = String(player.rate);
      text(extra, name(player.rate));
      menu.append(extra);
    }
    menu.value = String(player.rate);
    menu.classList.toggle("shuttle", player.rate !== 1);
  };
  player.on("rate", show);
  show();
  return menu;
}

function volume(player: PlayerView): HTMLElement[] {
  const mute = button("Mute", "M", icons.loud, () => player.setVolume(player.volume || 1, !silent()));
  const slider = el("input", { class: "transport-volume", type: "range", min: 0, max: 100, "aria-label": "Volume", title: "Volume" });
  slider.addEventListener("input", () => player.setVolume(Number(slider.value) / 100, false));
  slider.addEventListener("pointerup", () => slider.blur()); // the arrows are the film's again
  const silent = () => player.muted || player.volume === 0;
  const show = () => {
    rename(mute, silent() ? "Unmute" : "Mute", "M", silent() ? icons.muted : icons.loud);
    const level = String(silent() ? 0 : Math.round(player.volume * 100));
    if (slider.value !== level) slider.value = level;
    slider.style.setProperty("--level", `${level}%`);
  };
  player.on("volume", show);
  show();
  return [mute, slider];
}
