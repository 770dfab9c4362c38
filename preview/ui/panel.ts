// The panel at the side: variables, timing, narration and problems, one at a time.
import "./panel.css";
import { el, icon, text } from "./dom";
import { narration } from "./narration";
import type { Link } from "./place";
import type { PlayerView } from "./player";
import { count, counted, problems } from "./problems";
import { recall, remember } from "./remember";
import { timing } from "./timing";
import { variables } from "./variables";

interface Tab {
  id: string;
  name: string;
  mark: string; // path of its icon
  part: HTMLElement;
  button: HTMLButtonElement;
  page: HTMLElement;
  top: number; // px scrolled, while another tab is open
}

// panel has a rail of icons when it is closed; on a small window it is a bar at the bottom from which the tabs rise.
// Which tab is open is remembered.
export function panel(player: PlayerView, link: Link): HTMLElement {
  const small = matchMedia("(max-width: 700px)");
  const kept = recall("panel", { tab: "timing", open: !small.matches });
  const tabs: Tab[] = [
    tab("variables", "Variables", "M2 5H5M9 5H14M2 11H7M11 11H14M5 5A2 2 0 1 0 9 5 2 2 0 1 0 5 5M7 11A2 2 0 1 0 11 11 2 2 0 1 0 7 11", variables(player)),
    tab("timing", "Timing", "M8 2A6 6 0 1 1 8 14 6 6 0 1 1 8 2ZM8 5V8.2L10.2 9.6", timing(player, link)),
    tab("narration", "Narration", "M2 7V9M5 4.5V11.5M8 2.5V13.5M11 5V11M14 7V9", narration(player)),
    tab("problems", "Problems", "M8 2 15 14H1ZM8 6.5V9.5M8 11.5V12", problems(player, link)),
  ];
  let open = kept.open;
  let current = tabs.find((t) => t.id === kept.tab) ?? tabs[1];
  const badge = el("span", { class: "panel-badge" });
  tabs[3].button.append(" ", badge);
  const list = el("div", { class: "panel-list", role: "tablist", "aria-label": "Panels", keydown: (e: KeyboardEvent) => key(e) }, ...tabs.map((t) => t.button));
  const fold = el("button", { class: "panel-fold", type: "button", click: () => turn(current, !open) }, icon("M6 3.5 10.5 8 6 12.5"));
  const root = el("aside", { class: "panel", "aria-label": "Panels" }, el("div", { class: "panel-bar" }, list, fold),
    el("div", { class: "panel-pages" }, ...tabs.map((t) => t.page)));
  for (const t of tabs) t.button.addEventListener("click", () => turn(t, !(open && t === current && small.matches)));

  function turn(t: Tab, show: boolean): void {
    current.top = scroller(current).scrollTop || current.top;
    current = t;
    open = show;
    remember("panel", { tab: t.id, open });
    draw();
    scroller(t).scrollTop = t.top;
  }
  function draw(): void {
    root.classList.toggle("closed", !open);
    for (const t of tabs) {
      const on = t === current;
      t.button.setAttribute("aria-selected", String(on));
      t.button.tabIndex = on ? 0 : -1;
      t.page.hidden = !on || !open;
    }
    const name = open ? "Close the panel" : "Open the panel";
    fold.setAttribute("aria-label", name);
    fold.setAttribute("aria-expanded", String(open));
    fold.title = name;
    list.setAttribute("aria-orientation", open || small.matches ? "horizontal" : "vertical");
  }
  function key(e: KeyboardEvent): void {
    const at = tabs.indexOf(current);
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -at, End: tabs.length - 1 - at }[e.key];
    if (step === undefined) return;
    e.preventDefault();
    e.stopPropagation(); // the arrows move the playhead elsewhere
    const to = tabs[(at + step + tabs.length) % tabs.length];
    turn(to, open);
    to.button.focus();
  }
  const tally = () => {
    const c = count(player);
    const n = c.errors + c.warnings + c.faults;
    text(badge, n ? String(n) : "");
    badge.hidden = n === 0;
    badge.classList.toggle("error", c.errors + c.faults > 0);
    tabs[3].button.title = n ? counted(c) : "Problems";
  };
  player.on("film", tally);
  player.on("faults", tally);
  small.addEventListener("change", draw);
  tally();
  draw();
  return root;
}

function tab(id: string, name: string, mark: string, part: HTMLElement): Tab {
  const button = el("button", { class: "panel-tab", type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `page-${id}`, title: name },
    icon(mark), el("span", { class: "panel-name" }, name));
  const page = el("div", { class: "panel-page", role: "tabpanel", id: `page-${id}`, "aria-labelledby": `tab-${id}`, tabindex: id === "narration" ? undefined : 0 }, part);
  return { id, name, mark, part, button, page, top: 0 };
}

// scroller is what scrolls in a tab: narration keeps itself at the playhead, the others leave it to the page.
function scroller(t: Tab): HTMLElement {
  return t.id === "narration" ? t.part : t.page;
}
