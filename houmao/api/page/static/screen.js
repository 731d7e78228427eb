// Draws a captured screen; only lines that have changed are drawn again.

import { lines } from "./ansi.js";
import { element } from "./dom.js";

function span({ text, style }) {
  const made = element("span", {}, text);
  const [ink, ground] = style.inverse
    ? [style.ground ?? "var(--screen-ground)", style.ink ?? "var(--screen-ink)"]
    : [style.ink, style.ground];
  if (ink) made.style.color = ink;
  if (ground) made.style.backgroundColor = ground;
  for (const name of ["bold", "dim", "italic", "underline", "strike"]) {
    if (style[name]) made.classList.add(name);
  }
  return made;
}

/** A function that shows a capture in `where`. */
export function screen(where) {
  let drawn = [];
  // Never fewer than before, or the screen would change its size as it is read.
  let columns = 80;
  return (raw) => {
    const wanted = lines(raw);
    const widths = wanted.map((it) => it.reduce((sum, { text }) => sum + text.length, 0));
    columns = Math.max(columns, ...widths);
    where.style.setProperty("--columns", columns);
    const keys = wanted.map((it) => JSON.stringify(it));
    while (where.childNodes.length > wanted.length) where.lastChild.remove();
    wanted.forEach((pieces, number) => {
      if (drawn[number] === keys[number] && number < where.childNodes.length) return;
      const line = element("div", {}, ...pieces.map(span));
      if (where.childNodes[number]) where.childNodes[number].replaceWith(line);
      else where.append(line);
    });
    drawn = keys;
  };
}
