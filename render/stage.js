// The page around a film: an iframe of exactly the film's size, and below it a strip that is part of every picture and
// whose colour says what the picture shows: a mark, from 1 on, or 0 while the next one is in the making. It installs
// `stage`, the few functions that Go calls.
(function () {
  "use strict";
  const frame = document.getElementById("film");
  const strip = document.getElementById("strip");
  const failed = 0xfffffe;
  let queue = []; // what play() asked for: [mark, time, pictures]; a time below 0 is a blank picture
  let credits = 0; // how many of these may be shown at once
  let running = false;
  let failure = "";

  // Tasks run after the frame that was being drawn: beforePaint says whether what is done now is in that frame.
  let beforePaint = false;
  const after = new MessageChannel();
  after.port1.onmessage = () => {
    beforePaint = false;
  };
  const nextFrame = () =>
    new Promise((begin) =>
      requestAnimationFrame(() => {
        beforePaint = true;
        after.port2.postMessage(0);
        begin();
      }),
    );

  function mark(n) {
    strip.style.background = `rgb(${(n >> 16) & 255}, ${(n >> 8) & 255}, ${n & 255})`;
  }

  const film = () => frame.contentWindow.__hframes;

  // hide takes the film out of the picture or puts it back. Nothing of a hidden film stays with the compositor, and for
  // one whose opacity changes it divides the page into layers anew, so that what is drawn after a picture without the film
  // does not depend on what was drawn before.
  function hide(yes) {
    frame.style.visibility = yes ? "hidden" : "visible";
    frame.style.opacity = yes ? "0" : "1";
    if (film()) film().hide(yes);
  }

  // show brings the film to a time; below 0 it is hidden. The promise says whether there should be a picture without it
  // before the one with it.
  async function show(time, pictures) {
    hide(time < 0);
    if (time >= 0) return film().seek(time, pictures);
    if (film()) film().forget();
    return false;
  }

  async function run() {
    running = true;
    try {
      while (queue.length && credits > 0) {
        credits--;
        const [n, time, pictures] = queue.shift();
        if (pictures.length) await film().prepare(pictures);
        await nextFrame();
        mark(0);
        const anew = await show(time, pictures);
        if (!beforePaint) await nextFrame();
        if (anew) {
          hide(true);
          await nextFrame();
          hide(false);
        }
        mark(n);
      }
    } catch (e) {
      failure = String((e && e.stack) || e);
      queue = [];
      mark(failed);
    }
    running = false;
  }

  window.stage = Object.freeze({
    film,
    // missing lists what the film still waits for; a film without a document waits for that.
    missing: () => (film() ? film().missing() : ["the document"]),
    mark,
    show,
    hide,
    // play shows pictures one by one, each in a frame of its own, as far as credits go.
    play(list, n) {
      queue = list;
      credits = n;
      if (!running) run();
    },
    grant(n) {
      credits += n;
      if (!running) run();
    },
    failure: () => failure,
  });
})();
