// What the author chose, kept from one visit to the next.

// recall reads what remember kept, or gives fallback. A browser that keeps nothing (private mode) is no fault.
export function recall<T>(name: string, fallback: T): T {
  try {
    const kept = localStorage.getItem("hframes." + name);
    return kept === null ? fallback : { ...fallback, ...JSON.parse(kept) };
  } catch {
    return fallback;
  }
}

// remember keeps an object of plain values.
export function remember(name: string, value: object): void {
  try {
    localStorage.setItem("hframes." + name, JSON.stringify(value));
  } catch {
    // kept until the page is closed, by whoever holds it
  }
}
