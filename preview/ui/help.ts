// The help: what every key does.
import "./help.css";
import { el, icon } from "./dom";
import type { Key } from "./keys";

// help returns a dialog that lists a table of keys by group, in the table's order. It is opened by toggleHelp.
export function help(table: Key[]): HTMLDialogElement {
  const cross = icon("M4 4l8 8M12 4l-8 8");
  const close = el("button", { type: "button", class: "help-close", "aria-label": "Close", click: () => dialog.close() }, cross);
  const groups = [...new Set(table.map((k) => k.group))].map((name) =>
    el("section", {}, el("h3", {}, name), el("dl", {}, ...table.filter((k) => k.group === name).map(row))),
  );
  const inside = el(
    "div",
    { class: "help-inside" },
    el("header", {}, el("h2", { id: "help-title", tabindex: -1 }, "Keyboard"), close),
    el("div", { class: "help-groups" }, ...groups),
  );
  const dialog = el("dialog", { class: "help", "aria-labelledby": "help-title" }, inside);
  dialog.addEventListener("click", (e) => {
    if (e.target === dialog) dialog.close(); // on the backdrop; the inside covers the rest
  });
  return dialog;
}

// toggleHelp opens or closes it.
export function toggleHelp(dialog: HTMLDialogElement): void {
  if (dialog.open) return dialog.close();
  dialog.showModal();
  dialog.querySelector("h2")?.focus(); // the arrows scroll, and no button is chosen beforehand
}

function row(key: Key): HTMLElement {
  const names = (key.shown ?? key.keys).flatMap((k, i) => (i > 0 && !key.shown ? [" or ", ...combination(k)] : combination(k)));
  return el("div", {}, el("dt", {}, ...names), el("dd", {}, key.label));
}

const signs: Record<string, string> = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  PageUp: "Page up",
  PageDown: "Page down",
};

// combination draws one way to press: "Shift+i" as two keys.
function combination(name: string): (Node | string)[] {
  if (name === "–") return [" – "];
  return name.split(/\+(?=.)/).map((k) => el("kbd", {}, signs[k] ?? (k.length === 1 ? k.toUpperCase() : k)));
}
