"""The list of fields that unit tests keep our answers to is what the published clients say."""

import json
import subprocess
from pathlib import Path

import pytest

ASK = Path(__file__).with_name("known_fields.py")
KEPT = Path(__file__).parents[1] / "fixtures" / "contract_fields.json"


@pytest.mark.parametrize("version", ["0.1.0", "0.7.3"])
def test_the_client_takes_every_field_of_the_list(peers: Path, version: str) -> None:
    python = peers / f"houmao-{version}" / "bin" / "python"
    done = subprocess.run([python, ASK], capture_output=True, text=True, check=True)
    taken, kept = json.loads(done.stdout), json.loads(KEPT.read_text(encoding="utf-8"))
    unknown = {route: set(fields) - set(taken[route]) for route, fields in kept.items()}
    assert not any(unknown.values()), unknown
