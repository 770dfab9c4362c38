// The page: a picture, what steers it below, what is to be known of the film beside it.

import "./style.css";
import { el } from "./dom";
import { Screen } from "./screen";

const main = new Screen("");
const player = main.player;
const views = el("div", { class: "views" }, main.element);
const view = el("main", { class: "view" }, views);
document.body.append(view);

function fit(): void {
  main.fit(views.clientWidth, views.clientHeight);
}

new ResizeObserver(fit).observe(views);
player.on("film", fit);
player.on("picture", fit);

// go follows a deep link: #t=12.4 or #scene=id.
function go(): void {
  const place = new URLSearchParams(location.hash.slice(1));
  const scene = player.scenes.find((s) => s.id === place.get("scene"));
  if (scene) player.seek(scene.start);
  if (place.has("t")) player.seek(Number(place.get("t")) || 0);
}

const begun = player.on("picture", () => {
  begun();
  go();
});
window.addEventListener("hashchange", go);
