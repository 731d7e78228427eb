"""Nasty texts of our own for every tool: each arrives unchanged, or its text model refuses it.

What must become of a text is what the tool's model says before anything is typed; the live run
shows whether the tool agrees.
"""

from collections.abc import Iterator

from houmao.errors import UsageError
from houmao.requests.typable import check_prompt_for
from houmao.tools.parts.texts import TextRefused

_FAMILY = "👩\u200d👩\u200d👧\u200d👦"
_LINES = "\n".join(f"line {number}: do not forget this" for number in range(30))

#: One kind a line; the first words say which where the text itself does not.
TEXTS = (
    # Where lines begin and end.
    "tabs between\tand\n\tbefore",
    "a line of blanks only\n     \nbehind",
    "ends in blanks   \nand goes on",
    "  begins with blanks",
    "ends with a backslash \\",
    "every line ends with one \\\nand again \\\nthree\\",
    "two at the end \\\\",
    "many empty lines\n\n\n\n\n\n\nend",
    "CRLF\r\nbehind",
    "ANSI \x1b[31mred\x1b[0m",
    "the word of an escape \\x1b[31m and ^[[A",
    # What composers obey at the beginning of a text, of a line, of a word.
    "# a heading\n\nand text",
    "#remember this",
    "##",
    "/usr/bin/env is where?",
    "/home",
    "/a/b c",
    "/not-a-command of yours",
    "word\n/quit",
    "word /quit",
    "!important: \nthe second line",
    "word !ls",
    "word\n!",
    "@",
    "@nobody",
    "@alpha.txt",
    "@alpha.txt is short",
    "mail a@b.c",
    "mail to me@",
    "?",
    "?help",
    "why?",
    "&",
    "~",
    "~/notes are mine",
    ".",
    "-",
    "--",
    "$",
    "$HOME",
    "costs 5$",
    "${HOME} $(ls) `ls`",
    "%",
    ":",
    ":q!",
    ":smi",
    "time 12:30",
    ";",
    "a;",
    "'",
    '"',
    "\\",
    "\\n",
    "{",
    "[",
    "(",
    "0",
    "n",
    "help",
    "clear",
    "quit please",
    "ESC",
    # Letters of all kinds.
    "\u200fשלום\u200e to all",
    "مرحبا (hello) ١٢٣ \u061cend",
    "\u202eoverridden\u202c",
    "zero\u200bwidth\u200cspaces\u200djoined",
    "\ufeffwith a byte order mark",
    "soft\u00adhyphen",
    "𝔊𝔬𝔱𝔥𝔦𝔠 𐍈 𓀀 🜁",
    f"{_FAMILY} and 🏳️\u200d🌈 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿 and 👍🏿",
    "🇩🇪🇫🇷🇯🇵 in a row",
    "😀" * 100,
    _FAMILY * 40,
    "が composed, か\u3099 not",
    "ﬁ ligature, ① circled, ㎏ squared",
    "wide ｆｕｌｌ　width",
    "nbsp\u00a0thin\u2009figure\u2007en\u2002",
    "Zalgo Z\u0351\u036b\u0343\u036a\u0302",
    "ไทย ลาว ខ្មែរ မြန်မာ བོད་",
    "한국어 조합 \u1112\u1161\u11ab",
    "private \ue000\uf8ff use",
    "next line \u2028 and paragraph \u2029 marks",
    # What the tools draw themselves.
    "│ a frame │\n╰────────╯",
    "─" * 78,
    "═" * 200,
    "▀" * 80,
    "● said\n  ⎿  done",
    "✦ answered",
    "■ Conversation interrupted",
    "(esc to cancel, 3s)",
    "╭─────────╮\n│ > typed │\n╰─────────╯",
    "[Pasted Content 1024 chars]",
    "[Pasted Text: 12 lines]",
    "Press Enter to confirm or Esc to cancel",
    # Long ones.
    "one very long word " + "x" * 5_000,
    "one very long line " + "of many words " * 1_500,
    "emoji of 780 characters " + "🐒" * 756,
    _LINES,
    "\n".join(["short"] * 200),
    "blocks\n\n" + "\n\n".join(f"{number}. {'word ' * 40}" for number in range(60)),
    "120 kB\n" + "\n".join(f"{number:04} {'of a long text ' * 5}" for number in range(1_500)),
    "120 kB in one line " + "0123456789" * 12_000,
)


def expected(tool: str) -> Iterator[tuple[str, str]]:
    """Each text with `delivered`, or `refused:REASON` where the tool's model refuses it."""
    for text in TEXTS:
        yield text, _expected(tool, text)


def _expected(tool: str, text: str) -> str:
    try:
        check_prompt_for(tool, text)
    except TextRefused as refused:
        return f"refused:{refused.extra()['reason']}"
    except UsageError:
        return "refused:control_character"
    return "delivered"
