"""Texts that begin and end: who answers on which day, and when a day begins."""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import pytest

import faq.clock
from faq.entries.model import Content, Entry
from faq.matching.index import Snapshot
from faq.matching.ranker import Ranker
from faq.matching.republish import republish
from tests.faq.small import DAY, entry, read_item, with_items

FIRST = date(2026, 12, 1)
EVE = FIRST - timedelta(days=1)
OLD = read_item("ho-so-tra-cuu")
ASKED = [*OLD.text.variants, *OLD.text.held_out, OLD.title]


@pytest.fixture(scope="module")
def dated(small: Snapshot) -> Snapshot:
    """Give a snapshot with an entry that takes the place of another on 1 December."""
    assert isinstance(OLD, Entry)
    new = entry("tra-cuu-moi", *OLD.text.variants, valid_from=FIRST, replaces=OLD.id)
    return republish(small, with_items(small.content, new), 2)


def candidates(snapshot: Snapshot, text: str, day: date) -> list[str]:
    return [candidate.entry for candidate in Ranker(snapshot).rank(text, day).candidates]


def test_a_future_entry_is_never_offered_before_its_day(dated: Snapshot) -> None:
    for text in (*ASKED, "xyz", "???"):
        assert "tra-cuu-moi" not in candidates(dated, text, EVE)
        assert OLD.id not in candidates(dated, text, FIRST)


def test_it_answers_from_its_day_on_in_place_of_the_old_one(dated: Snapshot) -> None:
    ranker = Ranker(dated)  # one ranker over midnight
    for day, name in ((EVE, OLD.id), (FIRST, "tra-cuu-moi"), (date(2027, 6, 1), "tra-cuu-moi"), (EVE, OLD.id)):
        best = ranker.rank("tra cứu hồ sơ đã nộp tới đâu rồi", day).candidates[0]

        assert (day, best.entry, best.probability >= 0.5) == (day, name, True)


def test_as_many_candidates_are_looked_at_when_some_are_hidden(small: Snapshot, dated: Snapshot) -> None:
    assert len(candidates(dated, "vneid", EVE)) == len(candidates(small, "vneid", DAY))


def _line(*rows: tuple[str, str, date | None]) -> Content:
    """Make a content of (id, replaced id, first day)."""
    items = [entry(name, replaces=old, valid_from=begins) for name, old, begins in rows]
    return Content({item.id: item for item in items})


def test_a_chain_of_replacements_is_followed_as_far_as_it_has_begun() -> None:
    content = _line(("a", "", None), ("b", "a", FIRST), ("c", "b", FIRST + timedelta(days=10)))
    days = [EVE, FIRST, FIRST + timedelta(days=9), FIRST + timedelta(days=10)]

    assert [content.holding("a", day) for day in days] == ["a", "b", "b", "c"]
    assert [content.holding("c", day) for day in days] == [None, None, None, "c"]


def test_of_two_replacements_the_one_that_has_begun_holds() -> None:
    content = _line(("a", "", None), ("b", "a", FIRST), ("c", "a", FIRST + timedelta(days=365)))

    assert content.holding("a", FIRST) == "b"


def test_items_that_replace_each_other_or_themselves_end_the_search() -> None:
    content = _line(("a", "b", None), ("b", "a", None), ("c", "c", None))

    assert (content.holding("a", DAY), content.holding("b", DAY), content.holding("c", DAY)) == ("b", "a", "c")


def test_an_unknown_item_is_held_by_nobody() -> None:
    assert _line(("a", "gone", None)).holding("gone", DAY) is None
    assert _line().holding("", DAY) is None


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Ho_Chi_Minh"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run in the time zone of a server."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


MIDNIGHTS = [date(2026, 12, 1), date(2028, 2, 29), date(2028, 3, 1), date(2027, 1, 1)]


@pytest.mark.parametrize("day", MIDNIGHTS, ids=str)
def test_a_day_begins_at_midnight_in_viet_nam(zone: str, day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) - timedelta(hours=7)
    found = []
    for moment in (midnight - timedelta(microseconds=1), midnight, midnight + timedelta(hours=23, minutes=59)):
        monkeypatch.setattr(faq.clock, "now", lambda moment=moment: moment)
        found.append(faq.clock.today())

    assert found == [day - timedelta(days=1), day, day]


def test_an_entry_begins_at_midnight_in_viet_nam(zone: str, dated: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for moment in (
        datetime(2026, 11, 30, 16, 59, 59, tzinfo=timezone.utc),
        datetime(2026, 11, 30, 17, tzinfo=timezone.utc),
    ):
        monkeypatch.setattr(faq.clock, "now", lambda moment=moment: moment)
        found.append(candidates(dated, OLD.title, faq.clock.today())[0])

    assert found == [OLD.id, "tra-cuu-moi"]
