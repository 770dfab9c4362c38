// The clock of a film. Each scene registers one timeline object; HyperFrames seeks it in the scene's own seconds.
//
// A layout animates with CSS keyframes. The official runtime would seek them itself, but at a time that differs from
// version to version (contract §5.2, §5.3). So the scene takes its animations over: on every Animation object it finds
// in its stage, the members that the runtime's adapters use become inert, and only the scene moves the real ones. The
// picture is then a pure function of the scene's time: any order of seeks, any version, HTML, SVG and pseudo-elements.

const move = Object.getOwnPropertyDescriptor(Animation.prototype, "currentTime").set;
const hold = Animation.prototype.pause;
const inert = () => {};
const shield = {
  currentTime: { get: () => null, set: inert, configurable: true },
  pause: { value: inert, configurable: true },
  play: { value: inert, configurable: true },
  // An animation that only moves when it is told to is at rest for whoever asks (static-frame reuse does).
  playState: { value: "finished", configurable: true },
};

// onGrid returns the moment that a scene is asked for, as it would be wherever in the film the scene stood: HyperFrames
// takes the scene's start from an attribute of six decimals, so its time is up to 1 µs beside the frame's. Frames of all
// the usual rates (24, 25, 30, 48, 50, 60, 120) begin at multiples of a 1200th of a second.
function onGrid(time) {
  const near = Math.round(time * 1200) / 1200;
  return Math.abs(near - time) < 2e-6 ? near : time;
}

function clamp(value, max) {
  return Math.min(Math.max(Number(value) || 0, 0), max);
}

// timeline returns the object that HyperFrames expects in window.__timelines (contract §5.1).
function timeline(duration, paint) {
  let now = 0;
  const seek = (time) => {
    now = clamp(time, duration);
    paint(now);
  };
  const time = (value) => (value === undefined ? now : seek(value));
  const length = () => duration;
  return { duration: length, totalDuration: length, time, totalTime: time, seek, play: inert, pause: inert, paused: () => true };
}

// motion turns what a motion.js returned into a function of the scene's time: a function, or a paused timeline that
// counts in seconds (GSAP's, or any with totalTime, seek or time).
function motion(result) {
  if (!result) return inert;
  if (typeof result === "function") return result;
  if (result.pause) result.pause();
  for (const name of ["totalTime", "seek", "time"]) {
    if (typeof result[name] === "function") return (t) => void result[name](t);
  }
  return inert;
}

// scene makes the timeline of one scene. times: { id, duration, fps, width, height, enter, exit } in seconds, px and
// frames a second, for a motion.js also start, which no other scene may depend on. values: the scene's variables as HyperFrames hands them to its script. play: the default
// export of the layout's motion.js, if there is one.
export function scene(stage, times, values, play) {
  bind(stage, values);
  const also = motion(play && play(stage, times));
  const own = new Set();
  let last = -1;
  const paint = (time) => {
    const t = onGrid(time);
    if (t === last) return;
    last = t;
    for (const animation of stage.getAnimations({ subtree: true })) {
      if (own.has(animation)) continue;
      own.add(animation);
      hold.call(animation);
      Object.defineProperties(animation, shield);
    }
    // One that has ended and fills nothing is no longer listed, but must come back when time does: hence all of them.
    for (const animation of own) move.call(animation, t * 1000);
    also(t);
  };
  paint(0);
  return timeline(times.duration, paint);
}

// bind writes the values of variables into the text that shows them. A value given at render time wins over the
// scene's own; it does not reach the scene any other way (contract §9). As a custom property it does in the official
// renderer only: where the runtime mounts scenes itself, the host's own value hides it. So it is set on the stage, too.
function bind(stage, values) {
  const plain = (value) => value !== undefined && value !== null && typeof value !== "object";
  const given = { ...values, ...window.__hfVariables };
  for (const element of stage.querySelectorAll("[data-bind]")) {
    const value = given[element.dataset.bind];
    if (plain(value)) element.textContent = String(value);
  }
  for (const id of Object.keys(values || {})) {
    const value = (window.__hfVariables || {})[id];
    if (plain(value)) stage.style.setProperty("--" + id, String(value));
  }
}

// film makes the root's timeline. It moves nothing; its children are the scenes, as stretches in which something on
// screen changes, so that the official renderer can reuse a picture that stands still (contract §5.5). All times are
// read from the page: this script is the same in every film.
export function film(root) {
  const span = (host) => {
    const start = Number(host.dataset.start);
    const length = Number(host.dataset.duration);
    return { startTime: () => start, duration: () => length, totalDuration: () => length, vars: {} };
  };
  return {
    ...timeline(Number(root.dataset.duration), inert),
    add: inert,
    globalTime: (time) => time,
    getChildren: () => [...root.querySelectorAll(":scope > .clip")].map(span),
  };
}
