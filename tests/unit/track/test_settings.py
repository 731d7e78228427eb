"""A host's windows are times and its bounds are counts."""

import math

import pytest

from houmao.errors import ConfigError
from houmao.track.settings import HostSettings


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf])
def test_a_window_that_is_no_time_is_refused_by_its_name(seconds: float) -> None:
    with pytest.raises(ConfigError, match="stale_active_recovery_seconds"):
        HostSettings(stale_active_recovery_seconds=seconds)


def test_a_negative_bound_is_refused_and_none_is_allowed() -> None:
    with pytest.raises(ConfigError, match="snapshot_history_limit"):
        HostSettings(snapshot_history_limit=-1)
    assert HostSettings(snapshot_history_limit=0).snapshot_history_limit == 0
