// Times for people.

// clock writes a time of the film, in s, as minutes, seconds and tenths: 1:02.3.
export function clock(t: number): string {
  const tenths = Math.max(0, Math.round(t * 10));
  const s = (tenths % 600) / 10;
  return `${Math.floor(tenths / 600)}:${s < 10 ? "0" : ""}${s.toFixed(1)}`;
}

// span writes a length, in s: 4.5 s, from a minute on 1:02.3.
export function span(t: number): string {
  return t < 59.95 ? `${t.toFixed(1)} s` : clock(t);
}
