// What the page and the driver in a film's document say to each other, by postMessage.

import type { Fault, StyleChange, Variable } from "./film";

// To the film. A command with a number is answered by "done".
export type Command =
  | { do: "seek"; n: number; t: number; unseen?: boolean } // pause, show t; done when its pixels are there
  | { do: "play"; n: number; t: number; at: number } // play as if t had been shown at the time `at` (ms since 1970)
  | { do: "pause" }
  | { do: "sound"; volume: number; muted: boolean; rate: number }
  | { do: "styles"; n: number; list: StyleChange[]; ours: boolean } // done says whether they could be swapped in place
  | { do: "at"; n: number; x: number; y: number }; // done says what is drawn at that px of the film: Hit[]

export interface Hit {
  id: string; // "" where the element has none
  file: string; // page that a composition was mounted from, "" = the entry page
  box: [number, number, number, number]; // x, y, width, height in px of the film
}

export interface Ready {
  width: number;
  height: number;
  fps: number;
  duration: number;
  variables: Variable[];
  scenes: { id: string; title: string; start: number; duration: number; page: string }[]; // what the root mounts
}

// From the film.
export type Message =
  | { is: "ready"; ready: Ready }
  | { is: "time"; t: number; playing: boolean }
  | { is: "done"; n: number; value: unknown }
  | { is: "fault"; fault: Fault };
