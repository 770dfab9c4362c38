// Building and changing elements.

type Attributes = Record<string, string | number | boolean | ((e: never) => void) | undefined>;

// el makes an element. Functions are listeners ("click"), true is a bare attribute, false and undefined leave it out.
// Children that are text become text, never markup.
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") e.addEventListener(name, value as unknown as EventListener);
    else if (value === true) e.setAttribute(name, "");
    else if (value !== false && value !== undefined) e.setAttribute(name, String(value));
  }
  e.append(...children);
  return e;
}

// icon draws one of our icons: a path on a grid of 16 px. It says nothing to a screen reader; its button does.
export function icon(path: string): SVGSVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const p = document.createElementNS(ns, "path");
  p.setAttribute("d", path);
  svg.append(p);
  return svg;
}

// text writes into an element only what differs, so that a selection in it survives.
export function text(e: Element, value: string): void {
  if (e.textContent !== value) e.textContent = value;
}
