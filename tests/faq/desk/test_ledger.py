"""The ledger's promises: stored once, one owner at a time, in order, exactly one outcome."""

import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.engine import Engine

from faq.clock import VIET_NAM
from faq.desk import ledger
from faq.desk.ledger import (
    Open,
    Part,
    Received,
    Verdict,
    claim,
    close,
    give_feedback,
    is_first,
    last_judged_part,
    lock_sender,
    mark_sent,
    outcome_counts,
    parts_after,
    recent,
    record,
    release,
    sender_key,
    stale,
    unanswered,
    waiting,
    writing,
)
from faq.desk.outcomes import ERRORS, FAILED, LABELS, Outcome
from faq.errors import SettingsError
from faq.tables import message, outbox

_NOON = datetime(2026, 11, 24, 5, tzinfo=timezone.utc)
_LATER = _NOON + timedelta(seconds=60)
_ANSWERED = Verdict(Outcome.ANSWERED, "certain", "nop-ho-so", "fee", (("nop-ho-so", 0.91),), 3, "abcdef0123456789")
Say = Callable[..., int]
#: For what cannot happen on SQLite, which has one writer at a time.
only_postgresql = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


def _row(engine: Engine, message_id: int) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(message).where(message.c.id == message_id)).one()


def _count(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)))


def _at_once(threads: int, call: Callable[[int], Any]) -> list[Any]:
    barrier = threading.Barrier(threads)

    def run(number: int) -> Any:
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


class TestSenderKey:
    """A person is known by a keyed hash only."""

    def test_is_the_hmac_of_channel_and_id(self) -> None:
        """Compared with: printf zalo:84 | openssl dgst -sha256 -hmac khóa."""
        expected = "c710859e91e42b5e6ae8226207cf1fe549ba20687d5babe88307886a73207b91"
        assert sender_key("khóa", "zalo", "84") == expected

    def test_differs_by_key_channel_and_person(self) -> None:
        keys = [
            sender_key(*parts)
            for parts in (("a", "zalo", "1"), ("b", "zalo", "1"), ("a", "telegram", "1"), ("a", "zalo", "2"))
        ]
        assert len({*keys}) == 4

    def test_needs_a_key(self) -> None:
        with pytest.raises(SettingsError, match="TROLY_HASH_KEY"):
            sender_key("", "zalo", "1")


class TestRecord:
    """Accepted means stored, once."""

    @pytest.mark.parametrize(
        "text",
        [
            "Đăng ký khai sinh hết bao nhiêu tiền?",
            "'; DROP TABLE message; --",
            "100% _ \\ \" ' `",
            "👨‍👩‍👧 ạ\nxuống dòng",
            "x" * 100_000,
            "",
            None,
        ],
        ids=["vietnamese", "sql", "quotes", "emoji", "long", "empty", "none"],
    )
    def test_gives_every_text_back_unchanged(self, engine: Engine, say: Say, text: str | None) -> None:
        assert _row(engine, say("s", text)).text == text

    def test_keeps_the_payload_of_a_button(self, engine: Engine, say: Say) -> None:
        payload = {"entry": "nop-ho-so", "nhãn": ["Có", None, 1]}
        assert _row(engine, say("s", None, kind="button", payload=payload)).payload == payload

    def test_a_message_without_payload_is_null_not_json_null(self, engine: Engine, say: Say) -> None:
        say("s")
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).where(message.c.payload.is_(None))) == 1

    def test_an_event_delivered_five_times_in_parallel_is_one_row(self, engine: Engine) -> None:
        same = Received("zalo", "e1", "s", "text", "chào", None, _NOON)
        ids = _at_once(5, lambda _: record(engine, same))
        assert len([found for found in ids if found is not None]) == 1
        assert _count(engine, message) == 1

    def test_the_same_event_id_on_another_channel_is_another_message(self, engine: Engine, say: Say) -> None:
        assert say("s", event_id="1", channel="zalo") != say("s", event_id="1", channel="telegram")

    def test_a_duplicate_later_is_known_after_the_message_was_closed(self, engine: Engine, say: Say) -> None:
        close(engine, say("s", event_id="1"), _ANSWERED, [], _NOON)
        assert record(engine, Received("web", "1", "s", "text", "chào", None, _LATER)) is None

    def test_an_instant_without_zone_is_refused(self, engine: Engine, say: Say) -> None:
        with pytest.raises(Exception, match="time zone"):
            say("s", at=datetime(2026, 11, 24))

    @only_postgresql
    def test_ids_of_one_sender_become_visible_in_order(self, engine: Engine, say: Say) -> None:
        with ThreadPoolExecutor(1) as pool:
            with writing(engine) as connection:
                lock_sender(connection, "s")  # an insert that has its id but is not committed
                second = pool.submit(say, "s")
                time.sleep(0.1)
                assert not second.done()
            assert second.result(timeout=3)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_on_sqlite_a_writer_holds_the_others_back_before_it_reads(engine: Engine) -> None:
    refused = pytest.raises(sqlite3.OperationalError, match="locked")
    with writing(engine), closing(sqlite3.connect(engine.url.database, timeout=0)) as other, refused:
        other.execute("BEGIN IMMEDIATE")


class TestClaim:
    """One owner per sender, oldest first."""

    def test_gives_the_message_as_it_was_received(self, engine: Engine, say: Say) -> None:
        first = say("s", "chào", payload={"a": 1})
        assert claim(engine, "w", 30, _NOON) == Open(first, "web", "s", "text", "chào", {"a": 1}, _NOON, 1)

    def test_gives_nothing_when_nothing_waits(self, engine: Engine) -> None:
        assert claim(engine, "w", 30, _NOON) is None

    def test_takes_the_oldest_message_first(self, engine: Engine, say: Say) -> None:
        ids = [say(f"s{number}") for number in range(3)]
        assert [taken.id for _ in ids if (taken := claim(engine, "w", 30, _NOON))] == ids

    def test_holds_the_next_message_of_a_sender_back_until_the_first_is_closed(self, engine: Engine, say: Say) -> None:
        first, second = say("s"), say("s")
        assert _claimed(engine) == first
        assert claim(engine, "w2", 30, _NOON) is None
        close(engine, first, _ANSWERED, [], _NOON)
        assert _claimed(engine) == second

    def test_another_sender_does_not_wait(self, engine: Engine, say: Say) -> None:
        say("s"), say("s")
        other = say("t")
        _claimed(engine)
        assert _claimed(engine) == other

    def test_many_busy_senders_do_not_hide_a_free_one(self, engine: Engine, say: Say) -> None:
        for number in range(40):
            say(f"s{number}")
            _claimed(engine)
        free = say("t")
        assert _claimed(engine) == free

    def test_a_dead_workers_message_is_taken_over_when_the_lease_ends(self, engine: Engine, say: Say) -> None:
        first = say("s")
        claim(engine, "dead", 30, _NOON)
        assert claim(engine, "w", 30, _NOON + timedelta(seconds=30)) is None
        taken = claim(engine, "w", 30, _NOON + timedelta(seconds=31))
        assert taken
        assert (taken.id, taken.attempts) == (first, 2)

    def test_leases_mean_the_same_in_every_time_zone(self, engine: Engine, say: Say) -> None:
        say("s")
        claim(engine, "dead", 30, _NOON.astimezone(VIET_NAM))
        assert claim(engine, "w", 30, (_NOON + timedelta(seconds=29)).astimezone(timezone(timedelta(hours=-5)))) is None
        assert claim(engine, "w", 30, _NOON + timedelta(seconds=31))

    def test_a_released_message_is_taken_again_at_once(self, engine: Engine, say: Say) -> None:
        first = say("s")
        _claimed(engine)
        release(engine, first)
        assert _claimed(engine) == first

    def test_only_the_holder_releases_when_a_worker_is_named(self, engine: Engine, say: Say) -> None:
        first = say("s")
        claim(engine, "w", 30, _NOON)
        release(engine, first, worker="dead")
        assert claim(engine, "w2", 30, _NOON) is None
        release(engine, first, worker="w")
        assert _claimed(engine) == first

    def test_an_earlier_message_seen_late_waits_for_the_claimed_one(self, engine: Engine, say: Say) -> None:
        first, second = say("s"), say("s")
        with engine.begin() as connection:  # as if the first had been committed after the second was claimed
            live = {"claimed_by": "w", "claimed_until": _LATER}
            connection.execute(message.update().where(message.c.id == second).values(live))
        assert claim(engine, "w2", 30, _NOON) is None
        close(engine, second, _ANSWERED, [], _NOON)
        assert _claimed(engine) == first

    @only_postgresql
    def test_a_sender_whom_another_process_is_claiming_is_passed_over(self, engine: Engine, say: Say) -> None:
        say("s")
        other = say("t")
        with writing(engine) as connection:
            lock_sender(connection, "s")
            assert _claimed(engine) == other
            assert claim(engine, "w", 30, _NOON) is None

    def test_two_workers_never_hold_one_sender_and_keep_the_order(self, engine: Engine, say: Say) -> None:
        """200 messages of 10 senders arrive from two connectors while two workers answer them."""
        book = _Book()

        def arrive(number: int) -> None:
            for place in range(100):
                say(f"s{place % 10}", event_id=f"{number}-{place}")

        def work(number: int) -> None:
            while len(book.order) < 200 and time.monotonic() < deadline:
                taken = claim(engine, f"w{number}", 30, datetime.now(timezone.utc))
                if taken is not None:
                    with book.inside(taken):
                        time.sleep(0.001)
                    assert close(engine, taken.id, _ANSWERED, [{"text": "dạ"}], _NOON)

        deadline = time.monotonic() + 20
        _at_once(4, lambda number: arrive(number) if number < 2 else work(number))
        assert book.meetings == 0
        assert len(book.order) == len({*book.order}) == 200
        assert all(ids == sorted(ids) for ids in book.by_sender.values())

    def test_two_workers_racing_for_one_sender_never_both_win(self, engine: Engine, say: Say) -> None:
        for _ in range(20):
            say("s"), say("s")
            won = [taken for taken in _at_once(2, lambda number: claim(engine, f"w{number}", 30, _NOON)) if taken]
            assert len(won) == 1
            close(engine, won[0].id, _ANSWERED, [], _NOON)
            rest = claim(engine, "w", 30, _NOON)
            assert rest
            assert close(engine, rest.id, _ANSWERED, [], _NOON)


class _Book:
    """Notes who is inside whose turn."""

    def __init__(self) -> None:
        self.meetings = 0
        self.order: list[int] = []
        self.by_sender: dict[str, list[int]] = defaultdict(list)
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._now: dict[int, Open] = {}

    def inside(self, taken: Open) -> "_Book":
        self._now[threading.get_ident()] = taken
        return self

    def __enter__(self) -> None:
        taken = self._now[threading.get_ident()]
        with self._lock:
            self.meetings += taken.sender in self._busy
            self._busy.add(taken.sender)
            self.order.append(taken.id)
            self.by_sender[taken.sender].append(taken.id)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._busy.discard(self._now[threading.get_ident()].sender)


def _claimed(engine: Engine) -> int | None:
    taken = claim(engine, "w", 30, _NOON)
    return None if taken is None else taken.id


class TestClose:
    """Exactly one outcome, with its answer or not at all."""

    def test_writes_the_verdict_and_the_numbered_parts(self, engine: Engine, say: Say) -> None:
        first = say("s", channel="zalo")
        assert close(engine, first, _ANSWERED, [{"text": "một"}, {"text": "hai"}], _LATER)
        row = _row(engine, first)
        assert (row.outcome, row.reason, row.entry, row.aspect, row.revision) == (
            "answered",
            "certain",
            "nop-ho-so",
            "fee",
            3,
        )
        assert row.candidates == [["nop-ho-so", 0.91]]
        assert row.model == "abcdef0123456789"
        assert row.replied_at == _LATER
        parts = parts_after(engine, "zalo", "s", 0)
        assert [(part.part, part.body) for part in parts] == [(1, {"text": "một"}), (2, {"text": "hai"})]

    def test_ends_the_claim(self, engine: Engine, say: Say) -> None:
        first = say("s")
        _claimed(engine)
        close(engine, first, _ANSWERED, [], _NOON)
        assert (_row(engine, first).claimed_by, _row(engine, first).claimed_until) == (None, None)

    def test_a_second_outcome_writes_nothing(self, engine: Engine, say: Say) -> None:
        first = say("s")
        close(engine, first, _ANSWERED, [{"text": "một"}], _NOON)
        assert not close(engine, first, Verdict(Outcome.ERROR_TIMEOUT), [{"text": "hai"}], _LATER)
        assert _row(engine, first).outcome == "answered"
        assert _count(engine, outbox) == 1

    def test_five_workers_closing_at_once_give_one_outcome(self, engine: Engine, say: Say) -> None:
        first = say("s")
        done = _at_once(5, lambda number: close(engine, first, _ANSWERED, [{"by": number}], _NOON))
        assert sorted(done) == [False] * 4 + [True]
        assert _count(engine, outbox) == 1

    def test_an_answer_that_cannot_be_stored_leaves_the_message_open(self, engine: Engine, say: Say) -> None:
        first = say("s")
        with pytest.raises(Exception, match="not JSON serializable"):
            close(engine, first, _ANSWERED, [{"text": object()}], _NOON)
        assert _row(engine, first).outcome is None

    def test_an_unknown_outcome_is_refused(self, engine: Engine, say: Say) -> None:
        with pytest.raises(ValueError, match="lost"):
            close(engine, say("s"), Verdict("lost"), [], _NOON)  # type: ignore[arg-type]

    def test_an_unknown_message_is_not_closed(self, engine: Engine) -> None:
        assert not close(engine, 99, _ANSWERED, [{"text": "một"}], _NOON)

    def test_a_long_reason_does_not_keep_a_message_open(self, engine: Engine, say: Say) -> None:
        first = say("s")
        assert close(engine, first, Verdict(Outcome.ERROR_ACTION, "x" * 100), [], _NOON)
        assert _row(engine, first).reason == "x" * 40

    def test_a_message_without_answer_has_no_reply_time(self, engine: Engine, say: Say) -> None:
        first = say("s")
        close(engine, first, Verdict(Outcome.UNSUPPORTED), [], _NOON)
        assert _row(engine, first).replied_at is None

    @pytest.mark.parametrize("outcome", Outcome, ids=str)
    def test_the_column_holds_every_outcome(self, outcome: Outcome) -> None:
        assert len(outcome.value) <= message.c.outcome.type.length


class TestOutbox:
    """Parts are fetched in order, by their own receiver only."""

    def test_gives_only_parts_after_the_last_seen(self, engine: Engine, say: Say) -> None:
        close(engine, say("s", event_id="e"), _ANSWERED, [{"n": 1}, {"n": 2}, {"n": 3}], _NOON)
        first, *rest = parts_after(engine, "web", "s", 0)
        assert first == Part(first.id, first.message_id, "e", 1, {"n": 1}, "waiting")
        assert parts_after(engine, "web", "s", first.id) == rest
        assert len(parts_after(engine, "web", "s", 0, limit=2)) == 2

    def test_gives_nothing_of_another_sender_or_channel(self, engine: Engine, say: Say) -> None:
        close(engine, say("s"), _ANSWERED, [{"n": 1}], _NOON)
        assert parts_after(engine, "web", "t", 0) == parts_after(engine, "zalo", "s", 0) == []

    def test_a_sent_part_keeps_its_first_instant(self, engine: Engine, say: Say) -> None:
        close(engine, say("s"), _ANSWERED, [{"n": 1}, {"n": 2}], _NOON)
        first = parts_after(engine, "web", "s", 0)[0].id
        mark_sent(engine, [first], _NOON)
        mark_sent(engine, [first], _LATER)
        assert [part.state for part in parts_after(engine, "web", "s", 0)] == ["sent", "waiting"]
        with engine.connect() as connection:
            assert connection.scalar(select(outbox.c.sent_at).where(outbox.c.id == first)) == _NOON

    def test_nothing_sent_is_nothing_marked(self, engine: Engine) -> None:
        mark_sent(engine, [], _NOON)


class TestFeedback:
    """An opinion belongs to the answer it was given on, and to its receiver."""

    def test_reaches_the_message_that_any_part_answers(self, engine: Engine, say: Say) -> None:
        first = say("s")
        close(engine, first, _ANSWERED, [{"n": 1}, {"n": 2}], _NOON)
        part = parts_after(engine, "web", "s", 0)[1].id
        assert give_feedback(engine, "s", part, "bad", "chưa rõ") == "nop-ho-so"
        assert (_row(engine, first).feedback, _row(engine, first).feedback_text) == ("bad", "chưa rõ")

    def test_of_another_sender_is_ignored(self, engine: Engine, say: Say) -> None:
        first = say("s")
        close(engine, first, _ANSWERED, [{"n": 1}], _NOON)
        assert give_feedback(engine, "t", parts_after(engine, "web", "s", 0)[0].id, "bad") is None
        assert _row(engine, first).feedback is None

    def test_on_an_unknown_part_is_ignored(self, engine: Engine) -> None:
        assert give_feedback(engine, "s", 99, "good") is None

    def test_must_be_good_or_bad(self, engine: Engine) -> None:
        with pytest.raises(ValueError, match="good or bad"):
            give_feedback(engine, "s", 1, "meh")


class TestCounting:
    """Limits, desk and dashboards ask the ledger."""

    def test_waiting_counts_open_messages_of_the_sender(self, engine: Engine, say: Say) -> None:
        close(engine, say("s"), _ANSWERED, [], _NOON)
        say("s"), say("s"), say("t")
        assert waiting(engine, "s") == 2

    def test_recent_counts_messages_since_an_instant(self, engine: Engine, say: Say) -> None:
        say("s", at=_NOON), say("s", at=_LATER), say("t", at=_LATER)
        assert recent(engine, "s", _LATER) == 1

    def test_stale_counts_old_open_messages(self, engine: Engine, say: Say) -> None:
        close(engine, say("s", at=_NOON), _ANSWERED, [], _NOON)
        say("s", at=_NOON), say("s", at=_LATER)
        assert stale(engine, _LATER) == 1

    def test_outcomes_are_counted_without_open_messages(self, engine: Engine, say: Say) -> None:
        for outcome, at in ((Outcome.ANSWERED, _NOON), (Outcome.ANSWERED, _LATER), (Outcome.DECLINED, _LATER)):
            close(engine, say("s", at=at), Verdict(outcome), [], at)
        say("s")
        assert outcome_counts(engine) == {"answered": 2, "declined": 1}
        assert outcome_counts(engine, since=_LATER) == {"answered": 1, "declined": 1}

    def test_every_outcome_has_a_label_and_every_error_is_a_failure(self) -> None:
        assert {*LABELS} == {*Outcome}
        assert ERRORS < FAILED
        assert len(ERRORS) == 6
        assert Outcome.ANSWERED not in FAILED


class TestUnanswered:
    """What failed is what the desk shows."""

    def test_shows_failures_only_newest_first(self, engine: Engine, say: Say) -> None:
        ids = {outcome: say("s", str(outcome)) for outcome in Outcome}
        for outcome, message_id in ids.items():
            close(engine, message_id, Verdict(outcome, "r", "e", candidates=[("e", 0.4)]), [], _NOON)
        shown = list(unanswered(engine))
        assert [row.id for row in shown] == sorted((ids[outcome] for outcome in FAILED), reverse=True)
        assert {row.outcome for row in shown} == FAILED
        assert all(row.text == row.outcome.value and row.candidates == (("e", 0.4),) for row in shown)

    def test_shows_the_question_whose_answer_was_judged_bad(self, engine: Engine, say: Say) -> None:
        asked = say("s", "hỏi gì đó")
        close(engine, asked, _ANSWERED, [{"text": "a", "feedback": True}], _NOON)
        part = last_judged_part(engine, "s")
        assert part is not None
        give_feedback(engine, "s", part, "bad", "sai nơi nộp")

        shown = list(unanswered(engine))
        assert [(row.id, row.text, row.outcome) for row in shown] == [(asked, "hỏi gì đó", Outcome.FEEDBACK_BAD)]

    def test_the_last_part_that_can_be_judged_is_found(self, engine: Engine, say: Say) -> None:
        assert last_judged_part(engine, "s") is None
        close(engine, say("s"), _ANSWERED, [{"text": "a", "feedback": True}, {"text": "b", "feedback": False}], _NOON)
        close(engine, say("t"), _ANSWERED, [{"text": "c", "feedback": True}], _NOON)

        first = parts_after(engine, "web", "s", 0)[0]
        assert last_judged_part(engine, "s") == first.id

    def test_only_the_first_message_of_a_person_is_first(self, engine: Engine, say: Say) -> None:
        one, other, two = say("s"), say("t"), say("s")
        assert [is_first(engine, one, "s"), is_first(engine, other, "t"), is_first(engine, two, "s")] == [
            True,
            True,
            False,
        ]

    def test_ends_at_the_limit_and_at_the_instant(self, engine: Engine, say: Say) -> None:
        for at in (_NOON, _LATER, _LATER):
            close(engine, say("s", at=at), Verdict(Outcome.DECLINED), [], at)
        assert len(list(unanswered(engine, limit=1))) == 1
        assert len(list(unanswered(engine, since=_LATER))) == 2
        assert list(unanswered(engine, limit=0)) == []

    @pytest.mark.parametrize(("limit", "expected"), [(None, 1201), (700, 700)])
    def test_reads_long_lists_page_by_page(self, engine: Engine, limit: int | None, expected: int) -> None:
        common = {"channel": "web", "sender": "s", "kind": "text", "received_at": _NOON, "outcome": "declined"}
        with engine.begin() as connection:
            connection.execute(insert(message), [{**common, "event_id": str(number)} for number in range(1201)])
        ids = [row.id for row in unanswered(engine, limit=limit)]
        assert ids == sorted({*ids}, reverse=True)
        assert len(ids) == expected
        assert ledger._PAGE < 700
