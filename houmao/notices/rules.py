"""Who is told of what, and how: the `[notify]` part of the user's settings file, and its rules."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from houmao.errors import ConfigError
from houmao.notices.notice import Notice, NoticeKind


class Channel(StrEnum):
    """The ways in which a notice goes out."""

    COMMAND = "command"
    WEBHOOK = "webhook"
    DESKTOP = "desktop"
    BELL = "bell"
    TMUX = "tmux"


@dataclass(frozen=True, slots=True)
class NotifyRule:
    """Which notices go out, and by which channels."""

    name: str
    on: tuple[NoticeKind, ...] = tuple(NoticeKind)
    #: Patterns of agents' names, as a shell has them; none means all.
    agents: tuple[str, ...] = ()
    #: Patterns of folders.
    folders: tuple[str, ...] = ()
    #: A line for the shell.
    command: str = ""
    webhook: str = ""
    #: File with the secret that signs what goes to the webhook.
    secret_file: str = ""
    desktop: bool = False
    bell: bool = False
    tmux: bool = False

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The ways that this rule names."""
        return tuple(channel for channel in Channel if getattr(self, channel.value))

    def fits(self, notice: Notice) -> bool:
        """Whether a notice is one of those that are meant."""
        return (
            notice.kind in self.on
            and _matches(notice.agent_name, self.agents)
            and _matches(notice.folder, self.folders)
        )


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Everything about notices; `quiet` are minutes of the local day, from and until."""

    rules: tuple[NotifyRule, ...] = ()
    quiet: tuple[int, int] | None = None
    idle_minutes: int = 30

    def is_quiet(self, minute: int) -> bool:
        """Whether nothing goes out at that minute of the local day."""
        if self.quiet is None:
            return False
        begin, end = self.quiet
        return begin <= minute < end if begin <= end else not end <= minute < begin

    def rule(self, name: str) -> NotifyRule | None:
        """The rule of that name."""
        return next((it for it in self.rules if it.name == name), None)


def notify_settings(document: Mapping[str, Any]) -> NotifySettings:
    """Of a whole settings document. Raises ConfigError that names the field and the remedy."""
    section = _Section("notify", document.get("notify", {}))
    section.know("rule", "quiet", "idle_minutes")
    quiet = section.text("quiet")
    entries = section.found.get("rule", [])
    if not isinstance(entries, list):
        raise ConfigError("notify.rule: begin each rule with `[[notify.rule]]`")
    rules = tuple(_rule(number, entry) for number, entry in enumerate(entries, 1))
    names = [rule.name for rule in rules]
    if len(set(names)) < len(names):
        raise ConfigError("notify.rule: give each rule a `name` of its own")
    idle = section.found.get("idle_minutes", 30)
    if type(idle) is not int or idle < 1:
        raise ConfigError("notify.idle_minutes: must be a whole number above 0")
    return NotifySettings(rules, _hours(quiet) if quiet else None, idle)


def _rule(number: int, entry: Any) -> NotifyRule:
    section = _Section(f"notify.rule {number}", entry)
    section.know(*(it.name for it in fields(NotifyRule)))
    rule = NotifyRule(
        name=section.text("name") or str(number),
        on=section.kinds("on"),
        agents=section.texts("agents"),
        folders=section.texts("folders"),
        command=section.text("command"),
        webhook=section.text("webhook"),
        secret_file=section.text("secret_file"),
        **{name: section.flag(name) for name in ("desktop", "bell", "tmux")},
    )
    if not rule.channels:
        ways = ", ".join(f"`{channel}`" for channel in Channel)
        raise ConfigError(f"{section.name}: tells nobody; give it one of {ways}")
    if rule.webhook and not rule.webhook.startswith(("http://", "https://")):
        raise ConfigError(f"{section.name}.webhook: must begin with http:// or https://")
    return rule


class _Section:
    """A table of the document, asked for fields of one type each."""

    def __init__(self, name: str, found: Any) -> None:
        if not isinstance(found, Mapping):
            raise ConfigError(f"{name}: must be a table, as in `[notify]`")
        self.name, self.found = name, found

    def know(self, *names: str) -> None:
        """Refuse what is none of these."""
        for name in self.found:
            if name not in names:
                raise ConfigError(f"{self.name}.{name}: unknown; known are {', '.join(names)}")

    def text(self, name: str) -> str:
        found = self.found.get(name, "")
        if not isinstance(found, str):
            raise ConfigError(f"{self.name}.{name}: must be a text in quotes")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        found = self.found.get(name, [])
        if not isinstance(found, list) or not all(isinstance(it, str) for it in found):
            raise ConfigError(f'{self.name}.{name}: must be a list, as in ["a*", "b"]')
        return tuple(found)

    def flag(self, name: str) -> bool:
        found = self.found.get(name, False)
        if not isinstance(found, bool):
            raise ConfigError(f"{self.name}.{name}: must be true or false")
        return found

    def kinds(self, name: str) -> tuple[NoticeKind, ...]:
        known = [kind.value for kind in NoticeKind]
        wanted = self.texts(name) if name in self.found else known
        for each in wanted:
            if each not in known:
                raise ConfigError(f"{self.name}.{name}: {each!r} is none of {', '.join(known)}")
        return tuple(map(NoticeKind, wanted))


def _hours(text: str) -> tuple[int, int]:
    begin, _, end = text.partition("-")
    return _minute(begin), _minute(end)


def _minute(text: str) -> int:
    hours, colon, minutes = text.strip().partition(":")
    fits = colon and hours.isdecimal() and minutes.isdecimal()
    if not fits or int(hours) > 24 or int(minutes) > 59:
        raise ConfigError('notify.quiet: must be two times of day, as in "22:00-07:00"')
    return int(hours) * 60 + int(minutes)


def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)
