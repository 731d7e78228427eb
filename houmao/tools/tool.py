"""What a tool is to Houmao: one value, made of the parts that everything else asks for.

Says what there is to know of a tool and refuses to know any. Every field but the name has a
default, which is the truth about a tool that nobody has taught: it can be watched, not judged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from houmao.detect.answer import Transcript
from houmao.detect.projection import SurfaceWords
from houmao.detect.unsupported import UnsupportedDetector
from houmao.tools.parts.headless import HeadlessMode
from houmao.tools.parts.journal import JournalFormat
from houmao.tools.parts.profile import Profile
from houmao.tools.parts.questions import QuestionModel
from houmao.tools.parts.role import BOOTSTRAP_MESSAGE, RoleMethod
from houmao.tools.parts.signs import SignBook
from houmao.tools.parts.texts import TextModel
from houmao.tools.parts.unattended import Strategy
from houmao.tools.parts.version import Version


@dataclass(frozen=True, slots=True)
class ScreenArgs:
    """Arguments that a tool needs beside its screen from a version on."""

    since: Version
    args: tuple[str, ...]

    def missing(self, version: Version | None, args: tuple[str, ...]) -> tuple[str, ...]:
        """Those that are not given yet; none where the version is unknown."""
        if version is None or version < self.since:
            return ()
        return tuple(arg for arg in self.args if arg not in args)


@dataclass(frozen=True, slots=True)
class Tool:
    """A CLI agent."""

    name: str

    # --- how it is found -------------------------------------------------------------------
    #: What launch commands call it.
    provider: str = ""
    #: Command names of its process, lower case (argv base names).
    process_names: frozenset[str] = frozenset()
    #: npm packages in which it comes; platform packages may add a suffix.
    packages: tuple[str, ...] = ()
    #: Variables that say where its home is, the newest name first. Whoever sets one sets those
    #: after it, too, for versions that look there.
    home_variables: tuple[str, ...] = ()
    #: Variables by which it knows that it was started inside itself.
    nesting_variables: frozenset[str] = frozenset()

    # --- its screen ------------------------------------------------------------------------
    #: Its versions; the last profile reads those that nobody has checked.
    profiles: tuple[Profile, ...] = (Profile(lambda _: UnsupportedDetector()),)
    #: Words and glyphs by which its profiles read.
    signs: SignBook = field(default_factory=SignBook)
    transcript: Transcript = field(default_factory=Transcript)
    #: What the parsed surface of older clients calls what its detector says.
    surface: SurfaceWords | None = None
    #: What it makes of texts that are typed into it.
    texts: TextModel = field(default_factory=TextModel)
    #: How it asks with choices, and what answers it.
    questions: QuestionModel = field(default_factory=QuestionModel)
    #: Kind of failure of which a lost conversation's error cell tells.
    lost_context: Callable[[str], str] = lambda _: "unknown"

    # --- what it writes down itself --------------------------------------------------------
    #: None for a tool that keeps no journal, or none that anybody has taught.
    journal: JournalFormat | None = None

    # --- how it is started -----------------------------------------------------------------
    role_method: RoleMethod = BOOTSTRAP_MESSAGE
    screen_args: ScreenArgs | None = None
    #: None for a tool that cannot be run turn by turn.
    headless: HeadlessMode | None = None
    #: Backends of this tool alone, each with the arguments that it writes itself.
    backends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The section of a session's manifest that only these have.
    manifest_section: str | None = None
    #: How it is started so that it asks nobody anything, best first.
    strategies: tuple[Strategy, ...] = ()
    #: Documents of its home that those look at.
    home_documents: tuple[str, ...] = ()
