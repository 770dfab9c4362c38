// What the renderer adds to a page, before any script of its own and in every frame. It is an expression: Go appends
// the arguments. In every frame but the stage's it stops the page's clocks; in the film's own it also installs
// `__hframes`, the few functions that the stage and Go call. Nothing here writes to the console.
(function (config) {
  "use strict";

  // The clock stands still until seek() moves it: Date, performance.now and animation frames follow the film, so that
  // a page that draws by them draws the same in every run. Timers stay real, since loading needs them.
  function stopClock(w) {
    const RealDate = w.Date;
    let now = 0;
    let next = 1;
    let waiting = new Map();
    let due = waiting;
    const date = function () { return now; };
    w.Date = new Proxy(RealDate, {
      construct: (T, args, target) => Reflect.construct(T, args.length ? args : [now], target === w.Date ? T : target),
      apply: () => new RealDate(now).toString(),
      get: (T, key) => (key === "now" ? date : T[key]),
    });
    Object.defineProperty(RealDate.prototype, "constructor", { value: w.Date, configurable: true, writable: true });
    w.performance.now = date;
    w.requestAnimationFrame = function (f) {
      waiting.set(next, f);
      return next++;
    };
    w.cancelAnimationFrame = function (id) {
      waiting.delete(id);
      due.delete(id);
    };
    return function (ms) {
      now = ms;
      due = waiting;
      waiting = new Map();
      for (const f of due.values()) {
        try {
          f(now);
        } catch (e) {
          w.reportError(e);
        }
      }
    };
  }

  if (window.top === window) return; // the stage, which has a clock of its own
  const moveClock = stopClock(window);
  Object.defineProperty(window, "__hframesClock", { value: moveClock });
  if (window.name !== "hframes-film" || window.parent !== window.top) return;
  // The film is the whole world of its page: in a frame the runtime would take itself for a preview.
  window.parent = window;
  Object.defineProperty(window, "frameElement", { value: null });

  // Sound is not made here. A volume is a gain, which may be more than 1: the browser's own would end the tween with an error.
  const volumes = new WeakMap();
  Object.defineProperty(HTMLMediaElement.prototype, "volume", {
    configurable: true,
    enumerable: true,
    get() { return volumes.get(this) ?? 1; },
    set(gain) { volumes.set(this, Number(gain)); },
  });

  window.__hfVariables = config.variables;
  window.__HF_RENDER_CAPTURE_MODE = true;
  window.__HF_EXPORT_RENDER_SEEK_CONFIG = { fps: config.fps, fpsSource: "render-options", owner: "runtime" };

  let clips = []; // { element, image, url, shown } for each video that is shown as pictures; null if the page does not hold it
  const textures = () => document.querySelector("canvas") !== null;

  const number = (el, name) => {
    const v = el.getAttribute(name);
    return v !== null && v.trim() !== "" && isFinite(v) ? Number(v) : null;
  };

  // missing lists what the film still waits for; an empty list means that it can be shown.
  function missing() {
    const out = [];
    if (document.readyState === "loading") out.push("the document");
    if (!window.__playerReady || !window.__player) out.push("the HyperFrames player");
    else if (!window.__renderReady) out.push("the timeline");
    else if (!(duration() > 0)) out.push("a duration greater than 0");
    const timelines = window.__timelines || {};
    for (const el of document.querySelectorAll("[data-composition-id]")) {
      const id = el.getAttribute("data-composition-id");
      if (id && !el.hasAttribute("data-no-timeline") && !timelines[id]) out.push(`timeline ${JSON.stringify(id)}`);
    }
    if (window.__hfTimelinesBuilding) out.push("timelines under construction");
    for (const img of document.images) {
      img.loading = "eager";
      if (img.getAttribute("src") && !img.complete) out.push(`image ${JSON.stringify(img.getAttribute("src"))}`);
    }
    for (const face of document.fonts) if (face.status === "loading") out.push(`font ${JSON.stringify(face.family)}`);
    return [...new Set(out)];
  }

  // duration returns the film's length: what the root says, else what the runtime found.
  function duration() {
    const root = document.querySelector('[data-composition-id][data-root="true"]') || document.querySelector("[data-composition-id]");
    const said = root && (number(root, "data-duration") ?? number(root, "data-composition-duration"));
    return said > 0 ? said : window.__player.getDuration();
  }

  // flat returns transforms without the third dimension where nothing comes of it. Chromium gives what has one a layer of
  // its own: see flatRule.
  function flat(transforms) {
    const is = (v, n) => /^[-+]?[\d.]+[a-z%]*$/i.test(v) && parseFloat(v) === n;
    return transforms.replace(/\b(translate3d|translateZ|scale3d|scaleZ)\(((?:[^()]|\([^()]*\))*)\)/gi, (all, name, list) => {
      const [x, y, z] = list.split(/,(?![^(]*\))/).map((v) => v.trim());
      switch (name.toLowerCase()) {
        case "translate3d":
          return is(z, 0) ? `translate(${x}, ${y})` : all;
        case "translatez":
          return is(x, 0) ? "translate(0)" : all;
        case "scale3d":
          return is(z, 1) ? `scale(${x}, ${y})` : all;
      }
      return is(x, 1) ? "scale(1)" : all;
    });
  }

  function flattenStyle(style) {
    const now = style.getPropertyValue("transform");
    const then = flat(now);
    if (then !== now) style.setProperty("transform", then, style.getPropertyPriority("transform"));
  }

  // flattenRules does it for the rules of a style sheet, or of a rule that holds others. One that did not load has none.
  function flattenRules(sheet) {
    let rules = [];
    try {
      rules = sheet.cssRules || [];
    } catch {
      return;
    }
    for (const rule of rules) {
      if (rule.style) flattenStyle(rule.style);
      flattenRules(rule.styleSheet || rule);
    }
  }

  // turns reports whether a keyframe does more to an element than to move it.
  function turns(k) {
    return k.scale || k.rotate || (k.transform || "").match(/\w+(?=\()/g)?.some((f) => !f.startsWith("translate"));
  }

  // turning holds the effects that flatten has seen, with whether they do more to an element than to move it.
  const turning = new WeakMap();

  // flatten takes the third dimension out of what scripts have moved since it was called last. It returns the animations,
  // which are dear to list.
  function flatten() {
    for (const el of document.querySelectorAll('[style*="3d("],[style*="Z("]')) flattenStyle(el.style);
    const animations = document.getAnimations();
    for (const { effect } of animations) {
      if (!effect || turning.has(effect)) continue;
      const frames = effect.getKeyframes();
      turning.set(effect, !effect.pseudoElement && frames.some(turns));
      if (!frames.some((k) => k.transform && flat(k.transform) !== k.transform)) continue;
      effect.setKeyframes(frames.map((k) => (k.transform ? { ...k, transform: flat(k.transform) } : k)));
    }
    return animations;
  }

  // settle waits for fonts, pictures and promises of the page. Fonts of scenes that are not shown yet are loaded too.
  async function settle() {
    if (typeof window.__hfForceTimelineRebind === "function") window.__hfForceTimelineRebind();
    await Promise.allSettled([...document.fonts].map((face) => face.load()));
    await document.fonts.ready;
    await Promise.allSettled([...document.images].filter((i) => i.getAttribute("src")).map((i) => i.decode()));
    if (window.__tailwindReady) await window.__tailwindReady;
    for (const sheet of [...document.styleSheets, ...document.adoptedStyleSheets]) flattenRules(sheet);
    for (const el of document.querySelectorAll("audio[data-start]")) silence(el);
    for (const el of document.querySelectorAll("body *")) if (/\btransform\b/.test(getComputedStyle(el).willChange)) place(el, true);
  }

  // hostsOf returns what mounts the compositions that an element is in, from the outermost in.
  function hostsOf(el) {
    const hosts = [];
    for (let p = el.parentElement; p; p = p.parentElement) {
      if (p.hasAttribute("data-composition-id") && p.parentElement && p.parentElement.closest("[data-composition-id]")) hosts.unshift(p);
    }
    return hosts;
  }

  // sceneOf returns the id of the outermost composition that an element is in, "" for the entry page's own.
  function sceneOf(el) {
    const [host] = hostsOf(el);
    return host ? host.getAttribute("data-composition-id") : "";
  }

  // hostLimits returns the part of the film in which an element's compositions are shown: [offset, end].
  function hostLimits(el) {
    const hosts = hostsOf(el);
    let offset = 0;
    let end = Infinity;
    for (const h of hosts) {
      offset += number(h, "data-start") ?? 0;
      const length = number(h, "data-duration");
      if (length > 0) end = Math.min(end, offset + length);
    }
    return [offset, end];
  }

  const notDone = ["data-fx-chain", "data-fx-carve", "data-color-grading", "data-vfx-chain"];

  // groupOf returns the bus that a sound goes through, null if it goes through none.
  function groupOf(el) {
    const id = el.tagName === "AUDIO" && el.id && el.getAttribute("data-audio-group");
    if (!id) return null;
    const box = [...document.querySelectorAll("hf-audio-group")].findLast((g) => g.id === id);
    return {
      id,
      volume: Math.min(3.98, Math.max(0, (box && number(box, "data-volume")) ?? 1)),
      lanes: (box && box.getAttribute("data-automation")) || "",
      hidden: !!box && box.hasAttribute("data-hidden"),
      notDone: box ? notDone.filter((name) => box.hasAttribute(name)) : [],
    };
  }

  function describeOne(key, el) {
    const [offset, limit] = hostLimits(el);
    const own = number(el, "data-start") ?? 0;
    const resolve = window.__hfResolveMediaStartSeconds;
    const start = resolve && el.hasAttribute("data-start") ? resolve(el) : offset + own;
    const end = number(el, "data-end");
    const rate = number(el, "data-playback-rate") ?? el.defaultPlaybackRate;
    const video = el.tagName === "VIDEO";
    const group = groupOf(el);
    return {
      id: el.id,
      key,
      scene: sceneOf(el),
      video,
      src: el.currentSrc || el.src || (el.querySelector("source[src]") || {}).src || "",
      start,
      limit: isFinite(limit) ? limit : null,
      duration: number(el, "data-duration") ?? (end !== null ? end - own : null),
      from: Math.max(0, number(el, "data-playback-start") ?? number(el, "data-media-start") ?? 0),
      rate: rate > 0 ? Math.min(5, Math.max(0.1, rate)) : 1,
      loop: el.loop,
      hidden: el.closest("[data-hidden]") !== null || (group !== null && group.hidden),
      sound: !video || el.getAttribute("data-has-audio") === "true" || (!el.hasAttribute("data-has-audio") && !el.hasAttribute("muted")),
      soundDue: !video || el.getAttribute("data-has-audio") === "true",
      volume: Math.min(3.98, Math.max(0, number(el, "data-volume") ?? 1)),
      levels: [],
      fadeIn: Math.max(0, number(el, "data-fade-in") ?? 0),
      fadeOut: Math.max(0, number(el, "data-fade-out") ?? 0),
      lanes: el.getAttribute("data-automation") || "",
      group,
      notDone: notDone.filter((name) => el.hasAttribute(name)),
    };
  }

  // silence has an element take the times it is given and do nothing with them: its sound is not made here, and looking
  // for a place in it would cost more than drawing a frame.
  function silence(el) {
    let time = 0;
    Object.defineProperty(el, "currentTime", { configurable: true, get: () => time, set: (t) => (time = Number(t)) });
    el.play = () => Promise.resolve();
    el.pause = () => {};
  }

  // media lists the elements that play, by a name that is the same on all pages that hold them.
  function media() {
    const all = new Map();
    const count = {}; // by scene
    for (const el of document.querySelectorAll("video, audio[data-start]")) {
      const scene = sceneOf(el);
      count[scene] = (count[scene] || 0) + 1;
      all.set(scene + "/" + count[scene], el);
    }
    return all;
  }

  // describe returns what the renderer needs to know of the film, as far as it is on the page. If moved, the page has gone
  // through times of the film to find that out, and is to be loaded anew before it is drawn.
  function describe() {
    const images = new Set([...document.images].map((i) => i.currentSrc || i.src));
    const all = [...media()].map(([key, el]) => ({ el, item: describeOne(key, el) }));
    const moved = registered().filter((r) => findLevels(r, all)).length > 0;
    return { duration: duration(), media: all.map(({ item }) => item), images: [...images], moved };
  }

  // levelsASecond is how often a volume is looked at that a tween changes.
  const levelsASecond = 60;

  // findLevels notes the volumes that a timeline's tweens give to elements: a list of [time in the film (s), gain], with
  // straight lines between them, in place of data-volume. It reports whether there are such tweens.
  function findLevels({ timeline, hosts }, all) {
    const tweens = (tweensOf(timeline) || []).filter((tween) => tween.targets && setsVolume(tween.vars));
    const heard = all.filter(({ el, item }) => item.sound && tweens.some((tween) => tween.targets().includes(el)));
    if (!heard.length || hosts.length !== 1 || inAnother(timeline)) return false;
    const { at, from, rate } = clockOf(hosts[0]);
    const end = Math.ceil(duration() * levelsASecond);
    const due = new Set();
    for (const [first, last] of inFilm(tweens.map((tween) => spanIn(timeline, tween)), hosts[0])) {
      for (let n = Math.floor(first * levelsASecond) - 1; n <= Math.min(end, last * levelsASecond + 1); n++) due.add(Math.max(0, n));
    }
    for (const { el } of heard) el.volume = number(el, "data-volume") ?? el.volume;
    for (const n of [...due].sort((a, b) => a - b)) {
      const t = n / levelsASecond;
      timeline.totalTime(Math.max(0, from + (t - at) * rate), true);
      for (const { el, item } of heard) {
        const [before, last] = item.levels.slice(-2);
        if (last && before[1] === el.volume && last[1] === el.volume) last[0] = t;
        else item.levels.push([t, el.volume]);
      }
    }
    return true;
  }

  // setsVolume reports whether a tween of GSAP's with these vars changes a volume. Keyframes are a list of vars, or an object
  // of lists by property or of vars by percentage.
  function setsVolume(vars) {
    const has = (v) => Boolean(v) && typeof v === "object" && "volume" in v;
    const keyframes = [vars.keyframes].flat().filter((k) => k && typeof k === "object");
    return [vars, vars.startAt, ...keyframes, ...keyframes.flatMap(Object.values)].some(has);
  }

  // usePictures takes the source away from videos and shows pictures in its place, as their poster: the element keeps
  // its box, its fit, its styles and its place in the tree. list holds { media, url, suffix, duration }.
  function usePictures(list) {
    const all = media();
    for (const item of list) {
      const el = all.get(item.media);
      if (!el) {
        clips.push(null);
        continue;
      }
      if (!el.hasAttribute("data-duration")) el.setAttribute("data-duration", String(item.duration));
      el.removeAttribute("src");
      for (const s of el.querySelectorAll("source")) s.remove();
      el.load();
      clips.push({ element: el, url: item.url, suffix: item.suffix, shown: -1, images: new Map(), texture: null });
    }
  }

  // picture returns a promise of picture k of a clip, decoded.
  function picture(clip, k) {
    let promise = clip.images.get(k);
    if (!promise) {
      const img = new Image();
      img.src = clip.url + String(k).padStart(6, "0") + "." + clip.suffix;
      promise = img.decode().then(() => img);
      promise.catch(() => {}); // who waits for it is told
      clip.images.set(k, promise);
    }
    return promise;
  }

  // prepare gets the pictures of a frame ready, so that seek needs not wait for them when the frame has begun: one that
  // ends before they are shown would be drawn for nothing.
  async function prepare(pictures) {
    await Promise.all(pictures.map(([i, k]) => !clips[i] || clips[i].shown === k || picture(clips[i], k)));
  }

  // show returns a promise of whether the picture is another one than before. It forgets those that are behind and gets the
  // one ahead ready.
  async function show(clip, k, ahead) {
    if (!clip || clip.shown === k) return false;
    const img = await picture(clip, k);
    clip.element.poster = img.src;
    clip.shown = k;
    if (textures()) await showTexture(clip, img.src);
    for (const old of clip.images.keys()) if (old < k || old > ahead) clip.images.delete(old);
    if (ahead > k) picture(clip, ahead);
    return true;
  }

  // showTexture keeps the picture in the place where the runtime looks for what WebGL should sample.
  async function showTexture(clip, src) {
    if (!clip.texture) {
      clip.texture = document.createElement("img");
      clip.texture.id = `__render_frame_${clip.element.getAttribute("data-hf-render-id") || clip.element.id}__`;
      clip.texture.className = "__render_frame__";
      clip.texture.style.setProperty("display", "none", "important");
      clip.element.after(clip.texture);
    }
    clip.texture.src = src;
    await clip.texture.decode();
  }

  function moveFrames(w, ms) {
    for (let i = 0; i < w.frames.length; i++) {
      try {
        if (w.frames[i].__hframesClock) w.frames[i].__hframesClock(ms);
        moveFrames(w.frames[i], ms);
      } catch {
        // a frame of another origin keeps its own time
      }
    }
  }

  // moving holds the animations that moved at the last seek, with how far they were.
  let moving = new Map();
  let past = null; // time of the last seek, s

  // rested reports whether something that moved at the last seek does not at this one. Chromium does not draw again what
  // moves by less than a hundredth of a px, so that the end of a movement would stay on the way to where it should be.
  function rested(t, animations) {
    const now = new Map();
    let any = false;
    for (const a of animations) {
      const timing = a.effect && a.effect.getComputedTiming();
      const at = timing ? timing.progress : null;
      now.set(a, [at, moving.has(a) && moving.get(a)[0] !== at]);
      if (timing && turning.get(a.effect)) place(a.effect.target, at !== null || timing.localTime < timing.delay);
    }
    for (const [a, [at, moved]] of moving) if (moved && !(now.has(a) && now.get(a)[0] !== at)) any = true;
    moving = now;
    for (const [start, end] of tweens()) if (past !== null && past < t && past < end && end <= t && start < end) any = true;
    past = t;
    return any;
  }

  // hide takes part in hiding the film, or in showing it again: see flatRule.
  function hide(yes) {
    document.documentElement.toggleAttribute("data-hframes-hidden", yes);
  }

  // forget has the next seek be as the first one: what was drawn before it is no more.
  function forget() {
    moving = new Map();
    past = null;
  }

  // place has the browser put an element at a whole px, or no more. It does so with what has a layer of its own and is not
  // only moved. Without layers (see flatRule) it would put such an element elsewhere some time after the movement's end,
  // but for one that is turned, be it by less than the numbers of the drawing can say.
  const placed = new WeakSet();
  function place(el, whole) {
    if (!el || !el.style || placed.has(el) === whole || (whole && el.style.rotate !== "")) return;
    el.style.rotate = whole ? "1e-50deg" : "";
    if (whole) placed.add(el);
    else placed.delete(el);
  }

  // tweens lists when timelines that tell of their tweens move something, in s of the film.
  let known = null;
  function tweens() {
    known = known || registered().flatMap(({ timeline, hosts }) => hosts.flatMap((host) => inFilm(spansOf(timeline) || [], host)));
    return known;
  }

  // seek shows the film at time t (s). pictures holds [clip, picture, next picture] for each video on screen. When its
  // promise is kept, what is on the page is what the frame shows, but for files that are still loading. Where there is
  // nothing to wait for it is kept within the same task. Its value says whether all must be drawn anew: see rested.
  async function seek(t, pictures) {
    window.__player.renderSeek(t);
    moveClock(t * 1000);
    moveFrames(window, t * 1000);
    if (pictures.length) {
      const changed = await Promise.all(pictures.map(([i, k, ahead]) => show(clips[i], k, ahead)));
      if (changed.includes(true) && typeof window.__hfReseekGpu === "function" && textures()) window.__hfReseekGpu(t);
    }
    if (typeof window.__hfWaitForSeekCompletion === "function") await window.__hfWaitForSeekCompletion();
    const animations = flatten();
    const grading = window.__hf && window.__hf.colorGrading;
    if (grading && typeof grading.waitForActiveLuts === "function") await grading.waitForActiveLuts();
    void document.documentElement.offsetHeight; // style and layout now: whatever they need starts to load
    const late = [...document.images].filter((i) => i.getAttribute("src") && !i.complete);
    if (late.length) await Promise.allSettled(late.map((i) => i.decode()));
    return rested(t, animations);
  }

  // Scripts that draw whenever the film is moved are not known to stand still.
  let listeners = false;
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type) {
    if (type === "hf-seek") listeners = true;
    return listen.apply(this, arguments);
  };

  // tweensOf lists what a timeline moves, as far as GSAP tells of it. null: not known.
  function tweensOf(timeline) {
    return timeline && typeof timeline.getChildren === "function" ? timeline.getChildren(true, true, false) : null;
  }

  // spanIn returns when a tween is under way, in s of a timeline that it is in.
  function spanIn(timeline, tween) {
    const scale = tween.timeScale ? tween.timeScale() : 1;
    let start = tween.startTime();
    let length = tween.totalDuration() / scale;
    for (let p = tween.parent; p && p !== timeline; p = p.parent) {
      start = p.startTime() + start / p.timeScale();
      length /= p.timeScale();
    }
    return [start, start + length];
  }

  // spansOf lists when a timeline moves something, in s of its own. null: not known.
  function spansOf(timeline) {
    const tweens = tweensOf(timeline);
    return tweens && tweens.map((tween) => spanIn(timeline, tween));
  }

  // inAnother reports whether another registered timeline moves this one.
  function inAnother(timeline) {
    const all = Object.values(window.__timelines || {});
    for (let p = timeline.parent; p; p = p.parent) if (all.includes(p)) return true;
    return false;
  }

  // registered lists the timelines and the elements that they belong to.
  function registered() {
    return Object.entries(window.__timelines || {}).map(([id, timeline]) => ({
      timeline,
      hosts: [...document.querySelectorAll(`[data-composition-id=${JSON.stringify(id)}]`)],
    }));
  }

  // clockOf says how a host's own time follows the film's: own = from + (film - at) * rate, all in s.
  function clockOf(host) {
    if (!(host.parentElement && host.parentElement.closest("[data-composition-id]"))) return { at: 0, from: 0, rate: 1 };
    return {
      at: hostLimits(host)[0] + (number(host, "data-start") ?? 0),
      from: number(host, "data-playback-start") ?? 0,
      rate: number(host, "data-playback-rate") || 1,
    };
  }

  // inFilm returns spans of a host's own time in s of the film.
  function inFilm(own, host) {
    const { at, from, rate } = clockOf(host);
    return own.map((span) => span.map((t) => at + (t - from) / rate));
  }

  // still says of each time but the first whether the film stands still since the one before, as far as that is certain:
  // no tween is under way and no clip comes or goes. Where anything else could move, nothing is certain.
  function still(times) {
    const nothing = times.map(() => false);
    const list = (v) => (Array.isArray(v) ? v.length > 0 : Boolean(v));
    const libraries = ["__hfAnime", "__hfLottie", "lottie", "bodymovin", "anime", "THREE", "__hfThreeTime", "__hfTypegpuTime", "__hfHasFrameSources"];
    if (listeners || clips.some(Boolean) || libraries.some((name) => list(window[name]))) return nothing;
    if (document.querySelector("canvas, iframe, object, embed, marquee, video, svg animate, svg animateTransform, svg animateMotion, svg set")) return nothing;
    if (document.getAnimations().length) return nothing;
    const moves = [];
    for (const { timeline, hosts } of registered()) {
      const own = spansOf(timeline);
      if (!own || hosts.length !== 1) return nothing;
      if (hosts[0].hasAttribute("data-playback-rate") || hosts[0].hasAttribute("data-playback-start")) return nothing;
      moves.push(...inFilm(own, hosts[0]));
    }
    for (const el of document.querySelectorAll("[data-start]")) {
      const start = hostLimits(el)[0] + (number(el, "data-start") ?? NaN);
      if (!isFinite(start)) return nothing;
      const length = number(el, "data-duration");
      moves.push([start, start]);
      if (length !== null) moves.push([start + length, start + length]);
    }
    const near = 1e-3; // s; more than any clock rounds
    return times.map((t, i) => i > 0 && !moves.some(([start, end]) => start <= t + near && end >= times[i - 1] - near));
  }

  // look returns what a person would see of the film as it stands, as far as that is certain: text and pictures that
  // nothing lies over. Each is [name, x, y], the middle in px.
  function look() {
    const seen = [];
    const dark = (color) => (color.match(/[\d.]+/g) || []).slice(0, 3).every((c) => Number(c) < 64);
    for (const el of document.querySelectorAll("body *")) {
      const text = [...el.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim() !== "");
      if (!text && el.tagName !== "IMG" && el.tagName !== "VIDEO") continue;
      if (!el.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const box = el.getBoundingClientRect();
      const x = box.x + box.width / 2;
      const y = box.y + box.height / 2;
      if (box.width < 8 || box.height < 8 || document.elementFromPoint(x, y) !== el) continue;
      const style = getComputedStyle(el);
      if (text && (!/^rgb/.test(style.color) || dark(style.color) || style.clipPath !== "none" || style.filter !== "none")) continue;
      let opacity = 1;
      for (let p = el; p; p = p.parentElement) opacity *= Number(getComputedStyle(p).opacity);
      if (opacity < 0.5) continue;
      seen.push([el.id ? "#" + el.id : el.textContent.trim().slice(0, 40) || el.tagName.toLowerCase(), x, y]);
    }
    return seen;
  }

  Object.defineProperty(window, "__hframes", { value: Object.freeze({ missing, settle, describe, usePictures, prepare, seek, hide, forget, still, look }) });
})
