// Makes elements. Text is always set as text: what an agent prints can never become markup.

/** An element with its properties and children; strings become text. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria")) made.setAttribute(`aria-${name.slice(4).toLowerCase()}`, value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((it) => it !== null && it !== undefined));
  return made;
}

/** Set a text only where it differs, so that nothing is laid out again without need. */
export function setText(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

/** A function that has `act` run once, with the next frame; a page in the background has none. */
export function drawing(act) {
  let wanted = false;
  const run = () => {
    if (!wanted) return;
    wanted = false;
    act();
  };
  return () => {
    if (wanted) return;
    wanted = true;
    requestAnimationFrame(run);
    setTimeout(run, 200);
  };
}

/**
 * Keep a stream open while the page is looked at; the result ends it for good. `open` gives the
 * stream. A browser has six connections to a server for all its tabs, so hidden ones hold none.
 */
export function whileSeen(open) {
  let stream = null;
  const close = () => { stream?.close(); stream = null; };
  const look = (event) => {
    if (document.hidden || event?.type === "pagehide") close();
    else stream ??= open();
  };
  document.addEventListener("visibilitychange", look);
  for (const kind of ["pagehide", "pageshow"]) addEventListener(kind, look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    for (const kind of ["pagehide", "pageshow"]) removeEventListener(kind, look);
    close();
  };
}
