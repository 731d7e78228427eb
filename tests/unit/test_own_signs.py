"""A user's own file of signs counts at once, and never stops anything."""

from pathlib import Path

from houmao.detect.signals import Frame, Signals
from houmao.own_signs import MAX_BYTES, OwnSigns

RULE = "─" * 40
CURSOR = "\x1b[7m \x1b[27m Type your message"


def screen(status: str) -> str:
    """Gemini CLI without colours, its composer empty, with a row above that tells what it does."""
    return "\n".join([status, RULE, " Shift+Tab", RULE, f" > {CURSOR}", RULE, " workspace", ""])


def read(own: OwnSigns, status: str) -> Signals:
    """What is said of a screen by these signs."""
    return own.detector_for("gemini", "0.62.0").detect(Frame(screen(status), 0.0))


def test_a_sign_of_ones_own_is_read_when_it_is_written(tmp_path: Path) -> None:
    own = OwnSigns(tmp_path)
    assert read(own, " Pondering (press esc)").active_reasons == ()
    (tmp_path / "gemini.toml").write_text("# 0.62\n[[spinner_row]]\npattern = '.*press esc'\n")
    found = read(own, " Pondering (press esc)")
    assert found.active_reasons == ("spinner_row",)
    assert found.evidence[0].origin == "own:2"
    (tmp_path / "gemini.toml").unlink()
    assert read(own, " Pondering (press esc)").active_reasons == ()


def test_a_file_that_cannot_be_used_is_complained_of_once_and_changes_nothing(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    own, file = OwnSigns(tmp_path, told.append), tmp_path / "gemini.toml"
    for content in (b"\xff\xfe", b"[[spinner_row]]\npattern = '('\n", b"#" * (MAX_BYTES + 1), b"="):
        file.write_bytes(content)
        told.clear()
        for _ in range(2):
            assert read(own, " ⠏ Thinking... (esc to cancel, 3s)").active_evidence
        (complaint,) = told
        assert complaint.startswith(f"{file}:")


def test_a_folder_in_the_place_of_the_file_is_complained_of(tmp_path: Path) -> None:
    (tmp_path / "gemini.toml").mkdir()
    told: list[str] = []
    assert read(OwnSigns(tmp_path, told.append), " ⠏ Thinking... (esc to cancel)").active_evidence
    assert "cannot be read" in told[0]


def test_a_tool_without_signs_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "kimi.toml").write_text("=")
    assert OwnSigns(tmp_path).file("kimi").problems == ()
