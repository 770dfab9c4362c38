// Lists that follow their data without being built again.

// A Row is an element for one item, and how it takes the item's next state.
export interface Row<T> {
  element: HTMLElement;
  update?: (item: T) => void;
}

// rows keeps the children of parent in step with items. An item whose key was there before keeps its element, which is
// not even moved unless the order changed: focus, selection and scroll survive. The returned function takes the items.
export function rows<T>(parent: HTMLElement, key: (item: T) => string, make: (item: T) => Row<T>): (items: readonly T[]) => void {
  let old = new Map<string, Row<T>>();
  return (items) => {
    const now = new Map<string, Row<T>>();
    for (const item of items) {
      const k = unused(key(item), now);
      const row = old.get(k) ?? make(item);
      row.update?.(item);
      now.set(k, row);
    }
    for (const [k, row] of old) if (now.get(k) !== row) row.element.remove();
    let at = parent.firstElementChild;
    for (const { element } of now.values()) {
      if (element === at) at = at.nextElementSibling;
      else parent.insertBefore(element, at);
    }
    old = now;
  };
}

// unused makes equal keys differ, the same way each time.
function unused(key: string, taken: Map<string, unknown>): string {
  let k = key;
  for (let n = 2; taken.has(k); n++) k = `${key}\n${n}`;
  return k;
}
