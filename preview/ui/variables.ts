// The form of the composition's variables, live.
import "./variables.css";
import { el, icon, text } from "./dom";
import type { Variable } from "./film";
import { rows, type Row } from "./list";
import type { PlayerView } from "./player";

const pause = 80; // ms between two values that are sent while one is dragged or typed

// A Field is the control of one value. Its inputs are what the author types into.
interface Field {
  element: HTMLElement;
  inputs: HTMLElement[];
  set: (value: unknown) => void;
}

// variables is made from what the composition declares. A value that is being typed is never written over.
export function variables(player: PlayerView): HTMLElement {
  const list = el("div", { class: "variables-list" });
  const changed = el("span", { class: "variables-changed", role: "status" });
  const reset = el("button", { class: "variables-all", type: "button", click: () => resetAll() }, "Reset all");
  const bar = el("div", { class: "variables-bar" }, changed, reset);
  const none = el("p", { class: "none" }, "This film declares no variables.");
  const refreshers = new Map<string, (force: boolean) => void>();
  // A declaration that a build leaves alone keeps its control.
  const fill = rows<Variable>(list, (v) => JSON.stringify(v), (v) => {
    const [row, refresh] = one(v, player);
    refreshers.set(v.id, refresh);
    return row;
  });
  function resetAll(): void {
    for (const v of player.variables) if (differs(player, v)) player.setValue(v.id, undefined);
    refresh(true);
  }
  const refresh = (force: boolean) => {
    const n = player.variables.filter((v) => differs(player, v)).length;
    text(changed, n ? `${n} changed` : "All at their defaults");
    reset.setAttribute("aria-disabled", String(n === 0));
    for (const f of refreshers.values()) f(force);
  };
  const show = () => {
    const declared = player.variables;
    const ids = new Set(declared.map((v) => v.id));
    for (const id of refreshers.keys()) if (!ids.has(id)) refreshers.delete(id);
    fill(declared);
    none.hidden = declared.length > 0;
    bar.hidden = list.hidden = !none.hidden;
    refresh(false);
  };
  player.on("film", show);
  player.on("picture", show);
  player.on("values", () => refresh(false));
  show();
  return el("form", { class: "variables", "aria-label": "Variables", submit: (e: Event) => e.preventDefault() }, bar, list, none);
}

function current(player: PlayerView, v: Variable): unknown {
  return player.values[v.id] ?? v.default;
}

function differs(player: PlayerView, v: Variable): boolean {
  return JSON.stringify(current(player, v)) !== JSON.stringify(v.default);
}

function one(v: Variable, player: PlayerView): [Row<Variable>, (force: boolean) => void] {
  let timer = 0;
  let waiting: unknown;
  // The first value of a row of changes waits, too: what is typed at once is sent once.
  const send = (value: unknown) => {
    waiting = value;
    timer ||= window.setTimeout(() => {
      timer = 0;
      player.setValue(v.id, waiting);
    }, pause);
  };
  const id = `variable-${v.id}`;
  const field = make(v, id, send);
  const undo = el("button", { class: "variable-reset", type: "button", "aria-label": `Reset ${v.label || v.id}`, click: () => back() },
    icon("M3 3V6.5H6.5M3.4 6.5A5 5 0 1 1 3 9"));
  const head = el("div", { class: "variable-head" }, el("label", { for: id }, v.label || v.id), undo);
  const element = el("div", { class: `variable ${v.type}` }, head, field.element);
  if (v.description) {
    element.append(el("p", { class: "variable-about", id: id + "-about" }, v.description));
    for (const input of field.inputs) input.setAttribute("aria-describedby", id + "-about");
  }
  function back(): void {
    clearTimeout(timer);
    timer = 0;
    player.setValue(v.id, undefined);
    refresh(true);
    field.inputs[0].focus(); // the button is gone
  }
  function refresh(force: boolean): void {
    const d = differs(player, v);
    element.classList.toggle("differs", d);
    undo.hidden = !d;
    undo.title = `Back to ${words(v)}`;
    const busy = timer !== 0 || field.inputs.some((i) => i === document.activeElement);
    if (force || !busy) field.set(current(player, v));
  }
  element.addEventListener("focusout", () => { if (!timer) refresh(false); });
  return [{ element }, refresh];
}

// words says a default.
function words(v: Variable): string {
  if (v.type === "boolean") return v.default ? "on" : "off";
  const option = v.options?.find((o) => o.value === v.default);
  const value = option ? option.label : String(v.default ?? "");
  return value === "" ? "the default" : value + (v.unit ? ` ${v.unit}` : "");
}

function make(v: Variable, id: string, send: (value: unknown) => void): Field {
  switch (v.type) {
    case "number": return numeric(v, id, send);
    case "color": return colour(v, id, send);
    case "boolean": return toggle(id, send);
    case "enum": return choice(v, id, send);
    default: return line(v, id, send);
  }
}

// line is a text, the name of a font or the path of an image.
function line(v: Variable, id: string, send: (value: unknown) => void): Field {
  const long = v.type === "string" && (v.maxLength ?? 0) > 80 || String(v.default ?? "").length > 60;
  const hint = v.placeholder ?? (v.type === "image" ? "Path or URL" : v.type === "font" ? "Font family" : undefined);
  const common = { id, class: "field", placeholder: hint, maxlength: v.maxLength, spellcheck: v.type === "string" ? "true" : "false" };
  const input = long ? el("textarea", { ...common, rows: 3 }) : el("input", { ...common, type: "text", autocomplete: "off" });
  input.addEventListener("input", () => send(input.value));
  return { element: input, inputs: [input], set: (value) => put(input, String(value ?? "")) };
}

// put writes a value only if it differs, so that the caret stays.
function put(input: { value: string }, value: string): void {
  if (input.value !== value) input.value = value;
}

function numeric(v: Variable, id: string, send: (value: unknown) => void): Field {
  const limits = { min: v.min, max: v.max, step: v.step ?? "any" };
  const input = el("input", { id, class: "field number", type: "number", inputmode: "decimal", ...limits });
  input.addEventListener("input", () => {
    const n = input.valueAsNumber;
    if (Number.isNaN(n) || !input.validity.valid) return;
    if (slider) slide(slider, n);
    send(n);
  });
  const box = el("div", { class: "variable-number" });
  const inputs: HTMLElement[] = [input];
  let slider: HTMLInputElement | undefined;
  if (v.min !== undefined && v.max !== undefined && v.max > v.min) {
    const range = el("input", { class: "slider", type: "range", min: v.min, max: v.max, step: v.step ?? (v.max - v.min) / 200, "aria-label": `${v.label || v.id}, slider` });
    range.addEventListener("input", () => {
      slide(range, range.valueAsNumber);
      put(input, range.value);
      send(range.valueAsNumber);
    });
    slider = range;
    inputs.push(range);
    box.append(range);
  }
  box.append(el("span", { class: "variable-unit" }, input, ...(v.unit ? [el("span", {}, v.unit)] : [])));
  const set = (value: unknown) => {
    put(input, typeof value === "number" ? String(value) : "");
    if (slider && typeof value === "number") slide(slider, value);
  };
  return { element: box, inputs, set };
}

// slide moves a slider and the filled part of its track.
function slide(range: HTMLInputElement, n: number): void {
  put(range, String(n));
  const [min, max] = [Number(range.min), Number(range.max)];
  range.style.setProperty("--part", `${(100 * (Math.min(Math.max(n, min), max) - min)) / (max - min)}%`);
}

function colour(v: Variable, id: string, send: (value: unknown) => void): Field {
  const swatch = el("input", { class: "swatch", type: "color", "aria-label": `${v.label || v.id}, picker` });
  const input = el("input", { id, class: "field mono", type: "text", spellcheck: "false", autocomplete: "off" });
  swatch.addEventListener("input", () => {
    put(input, swatch.value);
    input.removeAttribute("aria-invalid");
    send(swatch.value);
  });
  input.addEventListener("input", () => {
    const good = CSS.supports("color", input.value.trim());
    input.setAttribute("aria-invalid", String(!good));
    if (!good) return;
    put(swatch, hex(input.value));
    send(input.value.trim());
  });
  const set = (value: unknown) => {
    put(input, String(value ?? ""));
    input.removeAttribute("aria-invalid");
    put(swatch, hex(input.value));
  };
  return { element: el("div", { class: "variable-color" }, swatch, input), inputs: [input, swatch], set };
}

// hex turns a CSS colour into what a colour picker takes: #rrggbb, without transparency.
function hex(value: string): string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const c = canvas.getContext("2d", { willReadFrequently: true });
  if (!c || !CSS.supports("color", value.trim())) return "#000000";
  c.fillStyle = value.trim();
  c.fillRect(0, 0, 1, 1);
  return "#" + Array.from(c.getImageData(0, 0, 1, 1).data.subarray(0, 3), (n) => n.toString(16).padStart(2, "0")).join("");
}

function toggle(id: string, send: (value: unknown) => void): Field {
  const input = el("input", { id, class: "switch", type: "checkbox", role: "switch" });
  input.addEventListener("change", () => send(input.checked));
  return { element: input, inputs: [input], set: (value) => { input.checked = value === true; } };
}

function choice(v: Variable, id: string, send: (value: unknown) => void): Field {
  const input = el("select", { id, class: "field" }, ...(v.options ?? []).map((o) => el("option", { value: o.value }, o.label || o.value)));
  input.addEventListener("change", () => send(input.value));
  return { element: input, inputs: [input], set: (value) => put(input, String(value ?? "")) };
}
