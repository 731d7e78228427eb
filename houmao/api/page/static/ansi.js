// A terminal's text as styled pieces. Pure: what is drawn with them is not known here.

const SEQUENCE = /\x1b\[([0-9;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b./g;
const PLAIN = Object.freeze({});
const FLAGS = { 1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike" };
const ENDS = { 22: ["bold", "dim"], 23: ["italic"], 24: ["underline"], 27: ["inverse"], 29: ["strike"] };

const CUBE = [0, 95, 135, 175, 215, 255];

/** CSS of one of a terminal's 256 colours; the first sixteen are the style sheet's. */
export function indexed(number) {
  if (number < 16) return `var(--ansi-${number})`;
  if (number > 231) return `rgb(${Array(3).fill(8 + (number - 232) * 10).join(" ")})`;
  const cube = number - 16;
  const parts = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  return `rgb(${parts.map((it) => CUBE[it]).join(" ")})`;
}

function colour(codes, place) {
  if (codes[place + 1] === 5) return [indexed(codes[place + 2] ?? 0), place + 2];
  if (codes[place + 1] !== 2) return [undefined, place];
  return [`rgb(${codes.slice(place + 2, place + 5).join(" ")})`, place + 4];
}

/** The style after one SGR sequence. */
function styled(style, text) {
  // A colon form may carry an empty colour space, which is left out here.
  const codes = text.replace(/([34]8):2::/g, "$1:2:").split(/[;:]/).map(Number);
  let found = { ...style };
  for (let place = 0; place < codes.length; place += 1) {
    const code = codes[place];
    if (code === 0) found = {};
    else if (FLAGS[code]) found[FLAGS[code]] = true;
    else if (ENDS[code]) for (const flag of ENDS[code]) delete found[flag];
    else if (code >= 30 && code <= 37) found.ink = indexed(code - 30);
    else if (code >= 90 && code <= 97) found.ink = indexed(code - 82);
    else if (code >= 40 && code <= 47) found.ground = indexed(code - 40);
    else if (code >= 100 && code <= 107) found.ground = indexed(code - 92);
    else if (code === 39) delete found.ink;
    else if (code === 49) delete found.ground;
    else if (code === 38) [found.ink, place] = colour(codes, place);
    else if (code === 48) [found.ground, place] = colour(codes, place);
  }
  return found;
}

/** Lines of a capture, each a list of `{text, style}`. */
export function lines(raw) {
  let style = PLAIN;
  return raw.replace(/\n$/, "").split("\n").map((line) => {
    const pieces = [];
    let from = 0;
    const add = (text) => text && pieces.push({ text, style });
    for (const found of line.matchAll(SEQUENCE)) {
      add(line.slice(from, found.index));
      from = found.index + found[0].length;
      if (found[1] !== undefined) style = styled(style, found[1]);
    }
    add(line.slice(from));
    return pieces;
  });
}
