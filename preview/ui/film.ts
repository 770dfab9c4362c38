// What the server says of a film (preview/film.go writes it). Times are in seconds of the film, sizes in px.

export interface Place {
  file: string; // relative to the project
  line: number; // from 1; 0 = not known
  col: number; // from 1, in bytes; 0 = not known
}

export interface Diagnostic {
  pos: Place;
  end?: Place;
  severity: "error" | "warning";
  code: string;
  message: string;
  hint?: string;
  excerpt?: string; // the line at pos
  skipped?: number; // bytes of a long line that stand before excerpt
}

export interface Size {
  name: string; // landscape, portrait, square or WxH
  width: number;
  height: number;
}

export interface Cue {
  word: number; // index into words of the word that it precedes
  time: number; // of the film
  label: string; // what it shows, such as "item 2"
}

export interface Narration {
  words: string[];
  cues: Cue[];
  start: number; // of the film
  duration: number;
  line: number;
}

export interface Scene {
  id: string;
  title: string;
  layout: string;
  line: number; // first and last line in the deck; 0 in a film without one
  end: number;
  start: number;
  duration: number;
  rule: string; // what gave the length: read, voice, media, beats, fixed …
  reason: string; // the sum behind it, for people
  estimated: boolean;
  narration?: Narration;
  page?: string; // that it is mounted from, in a film without a deck
  elements: { id: string; line: number; end: number }[]; // outermost last
}

// A swap of one style sheet. Both texts are the author's, before the runtime scopes them to a scene.
export interface StyleChange {
  page: string;
  old: string;
  css: string;
}

export interface Film {
  kind: "deck" | "hyperframes";
  name: string; // of the deck or the folder
  file: string; // the deck, relative to the project; "" for a HyperFrames folder
  root: string; // absolute path of the project, "" where the editor is on another machine
  editor: string; // URL template with {path} {line} {column}, "" = no links
  size: string; // which of sizes this is
  sizes: Size[];
  build: number; // counts builds
  took: number; // ms
  hash: string; // of the newest good picture, "" = there was none yet
  stage: string; // where its pages are, ends in a slash
  entry: string; // its first page
  pages: Record<string, string>; // page → hash
  from: string; // the hash that styles are a change of
  styles: StyleChange[] | null; // not null: nothing but these differ from the picture before
  width: number;
  height: number;
  fps: number; // 0 = the stage will say
  duration: number; // 0 = the stage will say
  scenes: Scene[]; // of a HyperFrames folder: empty, the stage will say
  broken: boolean; // the newest build made no picture; hash names the one before
  diagnostics: Diagnostic[];
}

export interface Variable {
  id: string;
  type: "string" | "number" | "color" | "boolean" | "enum" | "font" | "image";
  label: string;
  description?: string;
  default: unknown;
  options?: { value: string; label: string }[];
  min?: number;
  max?: number;
  step?: number;
  unit?: string;
  placeholder?: string;
  maxLength?: number;
}

// What the composition complained about while it ran.
export interface Fault {
  kind: "error" | "console" | "request";
  text: string;
  url?: string;
  line?: number;
}
