// look returns what every animated property in a stage computes to.
export function look(stage) {
  const out = {};
  const read = (name, style) => {
    out[name] = [style.opacity, style.transform, style.width, style.r].join(" ");
  };
  for (const name of ["both", "late", "negative", "none", "backwards", "two", "endless", "at", "paused", "circle"]) {
    read(name, getComputedStyle(stage.querySelector("." + name)));
  }
  for (const pseudo of ["::before", "::after"]) {
    read(pseudo, getComputedStyle(stage.querySelector(".pseudo"), pseudo));
  }
  return out;
}
