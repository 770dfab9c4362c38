// Swapping the text of one style sheet in a document that the runtime has mounted.
//
// The runtime rewrites a scene's rules so that they reach that scene only. How it does so is not repeated here: it is read
// off the sheet that is in the document, rule by rule beside the text that this sheet was made from. What cannot be
// learnt that way is left to a new document.

import type { StyleChange } from "./film";

// texts remembers what a sheet was changed to: its element still holds the first text.
const texts = new WeakMap<HTMLStyleElement, string>();

// swapStyles puts a new text in the place of an old one. Only the rules that differ are touched, so that fonts stay
// loaded and animations run on. It reports false, with nothing changed, when it takes a new document to be right:
// because a rule needs a file, or because animations of a film that is not ours would start a clock of their own.
export function swapStyles(change: StyleChange, ours: boolean): boolean {
  const old = parse(change.old);
  const now = parse(change.css);
  let from = 0;
  while (from < old.length && from < now.length && old[from].cssText === now[from].cssText) from++;
  let rest = 0;
  while (rest < old.length - from && rest < now.length - from && old[old.length - 1 - rest].cssText === now[now.length - 1 - rest].cssText) rest++;
  const gone = old.slice(from, old.length - rest);
  const come = now.slice(from, now.length - rest);
  const hard = ours ? /url\(|@font-face|@import/ : /url\(|@font-face|@import|@keyframes|animation|transition/;
  if ([...gone, ...come].some((r) => hard.test(r.cssText))) return false;

  const scopes = scopesOf(change.page);
  const sheets = [...document.querySelectorAll("style")].filter((s) => isSheet(s, change, old, scopes));
  if (sheets.length === 0) return false;
  const texted = sheets.map((s) => {
    const names = new Map<string, string>();
    learn(names, old, [...(s.sheet as CSSStyleSheet).cssRules]);
    return come.map((r) => written(r, names));
  });
  if (texted.some((rules) => rules.includes(null))) return false;
  sheets.forEach((s, i) => {
    const sheet = s.sheet as CSSStyleSheet;
    for (let k = 0; k < gone.length; k++) sheet.deleteRule(from);
    texted[i].forEach((rule, k) => sheet.insertRule(rule as string, from + k));
    texts.set(s, change.css);
  });
  return true;
}

function parse(css: string): CSSRule[] {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return [...sheet.cssRules];
}

// scopesOf returns how the selectors of a page's rules are marked: one mark for each place where it is mounted, none for
// the entry page.
function scopesOf(page: string): string[] {
  return [...document.querySelectorAll("[data-composition-src], [data-composition-file]")]
    .filter((e) => [e.getAttribute("data-composition-src"), e.getAttribute("data-composition-file")].includes(page))
    .map((e) => `[data-composition-id="${e.getAttribute("data-composition-id")}"]`);
}

// isSheet reports whether an element holds the sheet that was made from a text.
function isSheet(s: HTMLStyleElement, change: StyleChange, old: CSSRule[], scopes: string[]): boolean {
  const known = texts.get(s);
  if (known !== undefined && known !== change.old) return false;
  const live = s.sheet?.cssRules;
  return live?.length === old.length && old.every((r, i) => alike(r, live[i], scopes));
}

// alike reports whether a rule in the document can be what the runtime made of one: all but selectors is the same.
function alike(a: CSSRule, b: CSSRule, scopes: string[]): boolean {
  if (a.constructor !== b.constructor) return false;
  if (a instanceof CSSStyleRule && b instanceof CSSStyleRule) return a.style.cssText === b.style.cssText && related(a.selectorText, b.selectorText, scopes);
  if (isGroup(a) && isGroup(b)) return head(a) === head(b) && a.cssRules.length === b.cssRules.length && [...a.cssRules].every((r, i) => alike(r, b.cssRules[i], scopes));
  return a.cssText === b.cssText;
}

// related reports whether a selector in the document can be the written one in one of the scopes.
function related(written: string, live: string, scopes: string[]): boolean {
  return scopes.length === 0 ? written === live : scopes.some((s) => live.includes(s));
}

function isGroup(r: CSSRule): r is CSSGroupingRule {
  return r instanceof CSSGroupingRule && !(r instanceof CSSStyleRule);
}

const head = (r: CSSRule) => r.cssText.slice(0, r.cssText.indexOf("{"));

// learn notes how the selectors of rules read in the document.
function learn(names: Map<string, string>, old: CSSRule[], live: CSSRule[]): void {
  old.forEach((r, i) => {
    const l = live[i];
    if (r instanceof CSSStyleRule && l instanceof CSSStyleRule) names.set(r.selectorText, l.selectorText);
    else if (isGroup(r) && isGroup(l)) learn(names, [...r.cssRules], [...l.cssRules]);
  });
}

// written returns a new rule as the runtime would write it, null if that is not known.
function written(r: CSSRule, names: Map<string, string>): string | null {
  if (r instanceof CSSStyleRule) {
    const selector = names.get(r.selectorText) ?? guessed(r.selectorText, names);
    return selector === null || r.cssRules.length > 0 ? null : `${selector} {${r.style.cssText}}`;
  }
  if (!isGroup(r)) return r.cssText;
  const inner = [...r.cssRules].map((c) => written(c, names));
  return inner.includes(null) ? null : `${head(r)} {${inner.join("\n")}}`;
}

// guessed writes a selector that was not there before, where all that were have one and the same scope, or none.
function guessed(selector: string, names: Map<string, string>): string | null {
  const scopes = new Set<string>();
  for (const [from, to] of names) {
    if (from.includes(",")) continue;
    if (!to.endsWith(from)) return null;
    scopes.add(to.slice(0, to.length - from.length));
  }
  if (scopes.size !== 1 || selector.includes(",")) return null;
  return [...scopes][0] + selector;
}
