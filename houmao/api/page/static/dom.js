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

/**
 * Make `wanted` the children of `parent`, in that order. Those of `moved` are taken out where they
 * stand in the way, so that one child that goes far is one move and not a move of all others.
 */
export function setChildren(parent, wanted, moved) {
  const focused = document.activeElement;
  const stay = new Set(wanted);
  for (const child of [...parent.children]) if (!stay.has(child)) child.remove();
  let place = parent.firstElementChild;
  for (const child of wanted) {
    while (place && place !== child && moved.has(place)) {
      const gone = place;
      place = place.nextElementSibling;
      gone.remove();
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  // Whoever moves by keys must not be thrown out of the row that has just moved.
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
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
