import { createTimeline } from "animejs";

// The moons turn as long as the scene lasts, the outer ones slower. What is returned is called with the scene's time.
export default function orbit(stage, { duration }) {
  const turns = createTimeline({ autoplay: false });
  stage.querySelectorAll(".ring").forEach((ring, k) => {
    turns.add(
      ring,
      {
        rotate: [20 + k * 70, 20 + k * 70 + 220 / (k + 1)],
        scale: [{ from: 0.6, to: 1, duration: 1400, ease: "outExpo" }],
        duration: duration * 1000,
        ease: "linear",
      },
      0,
    );
  });
  return (seconds) => turns.seek(seconds * 1000);
}
