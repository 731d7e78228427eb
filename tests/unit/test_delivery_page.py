"""docs/delivery.md has the tables that the code gives."""

from docs import delivery
from houmao.tools.catalog import TOOLS


def test_the_tables_are_current() -> None:
    """`python docs/delivery.py` writes them."""
    text = delivery.PAGE.read_text("utf-8")
    assert delivery.page(text) == text


def test_every_rule_is_explained() -> None:
    """What is refused is refused for a reason that a reader finds."""
    for tool in TOOLS:
        for rule in tool.texts.rules:
            assert f"| {tool.name} |" in delivery.refused()
            assert rule.what in delivery.refused()
            assert rule.remedy in delivery.refused()
