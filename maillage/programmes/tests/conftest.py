"""What the tests of programmes share."""

import pytest

from maillage.programmes import actions


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The events that actions publish, in order."""
    heard: list[object] = []
    for module in (actions.activities, actions.registrations):
        monkeypatch.setattr(module, "publish", heard.append)
    return heard
