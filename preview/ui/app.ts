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

const place = new URLSearchParams(location.hash.slice(1));
if (place.has("t")) {
  const off = player.on("film", () => {
    off();
    player.seek(Number(place.get("t")));
  });
}
(window as unknown as { player: unknown }).player = player;
