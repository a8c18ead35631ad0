"""Invitations that calendars follow: asked, moved, cancelled."""

from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from maillage.core.ical import Happening, calendar

NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)


def happening(uid: str, **more: object) -> Happening:
    return Happening(uid, NOW, NOW + timedelta(hours=2), "Assemblée", **more)  # type: ignore[arg-type]


def read(*rows: Happening, attendee: str = "ana@exemple.test") -> tuple[str, dict[str, str]]:
    """(method, status of each event) as a calendar program reads them."""
    made = Calendar.from_ical(calendar(rows, now=NOW, attendee=attendee))
    return str(made["method"]), {str(e["uid"]): str(e["status"]) for e in made.walk("vevent")}


def test_a_cancelled_event_says_so_and_the_others_stand() -> None:
    assert read(happening("a"), happening("b", cancelled=True)) == ("REQUEST", {"a": "CONFIRMED", "b": "CANCELLED"})
    assert read(happening("b", cancelled=True)) == ("CANCEL", {"b": "CANCELLED"})
    assert read(happening("a"), attendee="")[0] == "PUBLISH"


def test_a_moved_event_is_the_same_with_a_later_sequence() -> None:
    moved = Calendar.from_ical(calendar([happening("a", sequence=3, location="Granby")], now=NOW))
    (event,) = moved.walk("vevent")
    assert (str(event["uid"]), event["sequence"], str(event["location"])) == ("a", 3, "Granby")
