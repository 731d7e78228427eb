"""The `[notify]` part of the settings file: what it means, and how its mistakes are named."""

import tomllib

import pytest

from houmao.errors import ConfigError
from houmao.notices.notice import Notice, NoticeKind, notice_from
from houmao.notices.rules import Channel, NotifySettings, notify_settings

NOTICE = Notice(
    "1-0-0", NoticeKind.BLOCKED, "a1", "reviewer", "here", 12.5, "claude", "/src/x", "approval"
)


def settings(text: str) -> NotifySettings:
    return notify_settings(tomllib.loads(text))


def test_a_rule_is_for_kinds_agents_and_folders() -> None:
    (rule,) = settings(
        '[[notify.rule]]\non = ["blocked"]\nagents = ["rev*"]\nfolders = ["/src/*"]\ntmux = true'
    ).rules
    assert rule.fits(NOTICE)
    assert rule.channels == (Channel.TMUX,)
    for other in ({"kind": "done"}, {"agent_name": "gpu"}, {"folder": "/tmp"}):
        assert not rule.fits(notice_from(NOTICE.fields | other))


def test_a_rule_without_conditions_is_for_everything() -> None:
    (rule,) = settings('[[notify.rule]]\ncommand = "true"\nbell = true').rules
    assert all(rule.fits(notice_from(NOTICE.fields | {"kind": kind})) for kind in NoticeKind)
    assert rule.channels == (Channel.COMMAND, Channel.BELL)


def test_quiet_hours_may_go_over_midnight() -> None:
    night = settings('[notify]\nquiet = "22:00-07:00"')
    assert [night.is_quiet(60 * hour) for hour in (21, 22, 0, 6, 7)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    noon = settings('[notify]\nquiet = "12:00-13:30"')
    assert [noon.is_quiet(60 * hour) for hour in (11, 12, 13, 14)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("notify = 1", "notify: must be a table"),
        ("[notify]\nquite = 1", "notify.quite: unknown"),
        ('[notify]\nquiet = "late"', "notify.quiet"),
        ("[notify]\nidle_minutes = 0", "notify.idle_minutes"),
        ("[notify]\nrule = 3", "notify.rule: begin each"),
        ("[[notify.rule]]\n", "notify.rule 1: tells nobody"),
        ('[[notify.rule]]\nwebhook = "ftp://x"', "notify.rule 1.webhook"),
        ('[[notify.rule]]\non = ["dead"]\nbell = true', "notify.rule 1.on: 'dead' is none of"),
        ('[[notify.rule]]\nagents = "x"\nbell = true', "notify.rule 1.agents: must be a list"),
        ('[[notify.rule]]\nbell = "yes"', "notify.rule 1.bell: must be true or false"),
        ('[[notify.rule]]\nbell = true\nname = "a"\n[[notify.rule]]\nbell = true\nname = "a"',
         "a `name` of its own"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(text: str, named: str) -> None:
    with pytest.raises(ConfigError) as raised:
        settings(text)
    assert named in raised.value.message


def test_a_notice_says_what_is_the_matter() -> None:
    assert NOTICE.text == "reviewer waits for you (approval)"
    assert notice_from(NOTICE.fields) == NOTICE
