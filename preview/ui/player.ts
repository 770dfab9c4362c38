// The contract of player.ts; see the class below.
import type { Fault, Film, Scene, Variable } from "./film";

// What a panel may listen to. The value in the brackets is what the listener is called with.
export interface PlayerEvents {
  film: Film; // a new version is known; film and scenes are up to date
  picture: void; // the stage shows another document: variables, faults may differ
  time: number; // the playhead moved, s
  play: boolean; // playing changed
  rate: number;
  volume: void; // volume or muted changed
  range: void; // loop range changed
  values: void; // values of variables changed
  faults: Fault[];
}

export interface PlayerView {
  readonly film: Film | null;
  readonly scenes: Scene[]; // of a HyperFrames folder, too
  readonly duration: number; // s
  readonly fps: number;
  readonly width: number; // px of the film
  readonly height: number;
  readonly time: number; // s, on a frame
  readonly playing: boolean;
  readonly rate: number; // 1 = as it is; negative = backwards
  readonly range: { in: number; out: number } | null; // loop range, s
  readonly loop: boolean;
  readonly volume: number; // 0–1
  readonly muted: boolean;
  readonly variables: Variable[];
  readonly values: Record<string, unknown>; // what was set, by id
  readonly faults: Fault[];

  on<K extends keyof PlayerEvents>(name: K, f: (value: PlayerEvents[K]) => void): () => void;
  seek(t: number): void; // snaps to a frame, clamps
  step(frames: number): void;
  play(): void;
  pause(): void;
  toggle(): void;
  setRate(rate: number): void;
  setRange(range: { in: number; out: number } | null): void;
  setLoop(on: boolean): void;
  setVolume(volume: number, muted: boolean): void;
  setValue(id: string, value: unknown): void; // undefined = back to the default
  sceneAt(t: number): Scene | undefined;
}

// still puts a small picture of the film at time t into box and keeps it; the returned function takes it out.
// It loads one document; callers limit how many live at once.
export type StillMaker = (box: HTMLElement, t: number) => () => void;
