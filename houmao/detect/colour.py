"""What a colour can be for, whatever terminal, theme or palette draws it.

Tools draw errors and warnings in warm hues, hints in greys, and what a model or a person says in
the terminal's own colour. Themes choose other numbers for these, never other roles. Colours are
the values of `screen.Style`: palette indexes, 24-bit ones `0x1000000 | rgb`, or None.
"""

import colorsys

from houmao.detect.screen import Row

#: The sixteen colours that a terminal names; what it really shows for them differs little in hue.
_NAMED = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0)),
    *((0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0)),
    *((92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
#: Least distance between a colour's strongest and weakest part, of 255.
_VIVID = 40
#: From pink over red and orange to yellow, as parts of the colour circle.
_WARM_FROM, _WARM_TO = 0.88, 0.2


def rgb(colour: int) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255 each."""
    if colour >= 0x1000000:
        return colour >> 16 & 255, colour >> 8 & 255, colour & 255
    if colour < 16:
        return _NAMED[colour]
    if colour >= 232:
        grey = 8 + 10 * (colour - 232)
        return grey, grey, grey
    red, rest = divmod(colour - 16, 36)
    green, blue = divmod(rest, 6)
    steps = (0, 95, 135, 175, 215, 255)
    return steps[red], steps[green], steps[blue]


def is_grey(colour: int | None) -> bool:
    """Whether a colour was chosen and has no hue: how hints are drawn."""
    if colour is None:
        return False
    parts = rgb(colour)
    return max(parts) - min(parts) < _VIVID


def is_warm(colour: int | None) -> bool:
    """Whether a colour warns: a hue between pink and yellow, strong enough to be seen as one."""
    if colour is None or is_grey(colour):
        return False
    red, green, blue = rgb(colour)
    hue = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)[0]
    return hue >= _WARM_FROM or hue <= _WARM_TO


def warns(row: Row, column: int) -> bool:
    """Whether everything from `column` on is drawn in one warm colour."""
    colours = {run.style.foreground for run in row.after(column) if run.text.strip()}
    return len(colours) == 1 and is_warm(next(iter(colours)))
