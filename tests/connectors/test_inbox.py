"""The inbox on a real SQLite file, with a dialogue that is a plain function."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from connectors.base import inbox as inbox_module
from connectors.base.inbox import MOST_ATTEMPTS, Event, Inbox, RefusedError
from connectors.base.turn import Turn, plain_part
from faq.clock import now
from faq.db import connect
from faq.desk import ledger
from faq.desk.ledger import Open, Received, Verdict
from faq.desk.outcomes import Outcome
from faq.settings import Settings
from faq.tables import message, outbox
from tests.faq.conftest import sqlite_tables

__all__ = ["sqlite_tables"]  # a fixture
ANN, BINH = "a" * 64, "b" * 64
TakeTurn = Callable[[Open], Awaitable[Turn]]
RunInbox = Callable[..., Any]


def turn(text: str = "Dạ.") -> Turn:
    return Turn(Verdict(Outcome.ANSWERED, entry="khai-sinh"), (plain_part(text),), "answer")


async def answers_at_once(_: Open) -> Turn:
    return turn()


def event(number: int, sender: str = ANN, text: str = "cho hỏi", **other: Any) -> Event:
    return Event("web", f"{sender[0]}-{number}", sender, text, **other)


@pytest.fixture
def engine(sqlite_tables: Path, tmp_path: Path) -> Iterator[Engine]:
    path = shutil.copy(sqlite_tables, tmp_path / "troly.db")
    engine = connect(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def run_inbox(engine: Engine) -> RunInbox:
    """Give a context manager: an inbox that answers with a function, stopped at the end."""

    @asynccontextmanager
    async def run(take_turn: TakeTurn, **settings: Any) -> AsyncIterator[Inbox]:
        inbox = Inbox(engine, Settings(**settings), take_turn)
        inbox.start()
        try:
            yield inbox
        finally:
            await inbox.stop(5)

    return run


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(message).order_by(message.c.id)))


def said(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [body["text"] for body in connection.execute(select(outbox.c.body).order_by(outbox.c.id)).scalars()]


async def closed(engine: Engine, count: int, seconds: float = 20) -> list[Any]:
    """Wait until so many messages have their outcome."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = [row for row in rows(engine) if row.outcome]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.02)
    pytest.fail(f"{count} messages were not closed within {seconds} s: {[row.outcome for row in rows(engine)]}")


def stored(engine: Engine, number: int = 1, sender: str = ANN, age: float = 0) -> int:
    """Put a message into the table, as another process would have."""
    given = Received("web", f"old-{number}", sender, "text", "cho hỏi", None, now() - timedelta(seconds=age))
    return ledger.record(engine, given) or 0


async def test_an_event_becomes_one_closed_row_with_its_answer(engine: Engine, run_inbox: RunInbox) -> None:
    async with run_inbox(answers_at_once) as inbox:
        assert await inbox.accept(event(1))
        (row,) = await closed(engine, 1)

    assert (row.outcome, row.entry, row.attempts, row.claimed_by) == ("answered", "khai-sinh", 1, None)
    assert row.received_at <= row.replied_at
    assert said(engine) == ["Dạ."]


async def test_an_event_delivered_again_is_answered_once(engine: Engine, run_inbox: RunInbox) -> None:
    """A repeat is accepted, so that the platform stops repeating it."""
    async with run_inbox(answers_at_once) as inbox:
        new = await asyncio.gather(*(inbox.accept(event(1)) for _ in range(5)))
        await closed(engine, 1)
        late = await inbox.accept(event(1))

    assert sorted(new) == [False, False, False, False, True]
    assert late is False
    assert said(engine) == ["Dạ."]


async def test_one_person_is_answered_in_order_and_one_at_a_time(engine: Engine, run_inbox: RunInbox) -> None:
    inside, most, order = 0, 0, []

    async def slowly(found: Open) -> Turn:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        order.append(found.text)
        await asyncio.sleep(0.02)
        inside -= 1
        return turn(str(found.text))

    texts = [f"câu {word}" for word in "một hai ba bốn năm sáu bảy tám chín mười".split()]
    async with run_inbox(slowly) as inbox:
        for number, text in enumerate(texts):
            await inbox.accept(event(number, text=text))
        await closed(engine, len(texts))

    assert order == texts
    assert said(engine) == texts
    assert most == 1


async def test_another_person_does_not_wait(engine: Engine, run_inbox: RunInbox) -> None:
    """While one person's turn hangs, others are answered."""
    gate = asyncio.Event()

    async def hangs_for_ann(found: Open) -> Turn:
        if found.sender == ANN:
            await gate.wait()
        return turn()

    async with run_inbox(hangs_for_ann) as inbox:
        await inbox.accept(event(1))
        await inbox.accept(event(2, BINH))
        (row,) = await closed(engine, 1)
        gate.set()
        await closed(engine, 2)

    assert row.sender == BINH


async def test_a_message_is_taken_up_at_once_not_at_the_next_look(engine: Engine, run_inbox: RunInbox) -> None:
    """Twenty messages that come while workers look for work: none waits for the second that an idle worker rests."""
    async with run_inbox(answers_at_once) as inbox:
        waits = []
        for number in range(20):
            began = time.monotonic()
            await inbox.accept(event(number, sender=f"{number:064}"))
            await closed(engine, number + 1)
            waits.append(time.monotonic() - began)

    assert sorted(waits)[14] < inbox_module._IDLE_SECONDS / 2


async def test_what_is_stored_is_canonical_masked_and_capped(engine: Engine, run_inbox: RunInbox) -> None:
    async with run_inbox(answers_at_once, longest_text=40) as inbox:
        await inbox.accept(event(1, text="so\u0302\u0301 \u200bcu\u0309a toi 0903 123 456"))
        await inbox.accept(event(2, text="a " * 40))
        await inbox.accept(event(3, payload={"entry": "khai-sinh", "aspect": "", "phone": "0903123456", "step": "1"}))
        first, second, third = await closed(engine, 3)

    assert (first.text, first.kind) == ("số của toi [số điện thoại]", "text")
    assert (len(second.text), second.kind) == (39, "too_long")
    assert third.payload == {"entry": "khai-sinh", "aspect": ""}


async def test_too_many_messages_a_minute_are_refused(engine: Engine, run_inbox: RunInbox) -> None:
    async with run_inbox(answers_at_once, rate_per_minute=3) as inbox:
        for number in range(3):
            await inbox.accept(event(number))
        with pytest.raises(RefusedError) as refused:
            await inbox.accept(event(3))
        await inbox.accept(event(1, BINH))
        await closed(engine, 4)

    assert refused.value.retry_after == 60
    assert len(rows(engine)) == 4, "a refused message is not stored, another person's is"


async def test_a_long_queue_of_one_person_is_refused(engine: Engine, run_inbox: RunInbox) -> None:
    gate = asyncio.Event()

    async def waits(_: Open) -> Turn:
        await gate.wait()
        return turn()

    async with run_inbox(waits, longest_queue=2) as inbox:
        await inbox.accept(event(1))
        await inbox.accept(event(2))
        with pytest.raises(RefusedError):
            await inbox.accept(event(3))
        gate.set()
        await closed(engine, 2)
        assert await inbox.accept(event(3)), "accepted as soon as there is room"
        await closed(engine, 3)


async def test_a_dead_worker_gives_its_message_back(engine: Engine, run_inbox: RunInbox) -> None:
    stored(engine)
    assert ledger.claim(engine, "dead", 0.5, now()) is not None
    async with run_inbox(answers_at_once):
        (row,) = await closed(engine, 1)

    assert (row.outcome, row.attempts) == ("answered", 2)
    assert said(engine) == ["Dạ."]


async def test_a_message_that_always_kills_its_worker_ends_politely(engine: Engine, run_inbox: RunInbox) -> None:
    """Poison (faults.md 14): three tries, then the line, and the person's next message is answered."""
    stored(engine)
    for _ in range(MOST_ATTEMPTS):
        assert ledger.claim(engine, "dead", 0.01, now()) is not None
        await asyncio.sleep(0.05)
    async with run_inbox(answers_at_once) as inbox:
        await inbox.accept(event(2))
        poisoned, following = await closed(engine, 2)

    assert (poisoned.outcome, poisoned.reason) == ("error_understanding", "too_many_tries")
    assert following.outcome == "answered"
    assert "trục trặc" in said(engine)[0]


async def test_a_turn_that_raises_gives_the_polite_line_and_no_text_in_the_log(
    engine: Engine, run_inbox: RunInbox, caplog: pytest.LogCaptureFixture
) -> None:
    async def raises(found: Open) -> Turn:
        raise RuntimeError("broken on purpose")

    async with run_inbox(raises) as inbox:
        await inbox.accept(event(1, text="chuyện riêng của nhà tôi"))
        (row,) = await closed(engine, 1)

    assert (row.outcome, row.reason) == ("error_understanding", "turn")
    assert "trục trặc" in said(engine)[0]
    assert f"message {row.id}: the turn failed" in caplog.text
    assert "riêng" not in caplog.text


async def test_a_database_that_fails_inside_a_turn_is_named_by_the_outcome(engine: Engine, run_inbox: RunInbox) -> None:
    async def locked(_: Open) -> Turn:
        raise OperationalError("UPDATE message", {}, sqlite3.OperationalError("database is locked"))

    async with run_inbox(locked) as inbox:
        await inbox.accept(event(1))
        (row,) = await closed(engine, 1)

    assert row.outcome == "error_storage"


async def test_a_turn_that_hangs_is_ended(engine: Engine, run_inbox: RunInbox) -> None:
    async def hangs(found: Open) -> Turn:
        if found.text == "treo":
            await asyncio.sleep(3600)
        return turn()

    async with run_inbox(hangs, turn_timeout=0.2) as inbox:
        await inbox.accept(event(1, text="treo"))
        await inbox.accept(event(2))
        hung, following = await closed(engine, 2)

    assert (hung.outcome, hung.reason) == ("error_timeout", "turn")
    assert following.outcome == "answered"
    assert said(engine)[1:] == ["Dạ."]


async def test_a_message_from_before_an_outage_reaches_the_dialogue_as_late(
    engine: Engine, run_inbox: RunInbox
) -> None:
    kinds = []

    async def notes_kind(found: Open) -> Turn:
        kinds.append(found.kind)
        return turn()

    stored(engine, 1, ANN, age=6 * 3600)
    stored(engine, 2, BINH, age=30)
    async with run_inbox(notes_kind, oldest_message=3600):
        late, _ = await closed(engine, 2)

    assert sorted(kinds) == ["late", "text"]
    assert late.kind == "text", "the row keeps what arrived"


async def test_stopping_finishes_the_turn_under_way_and_keeps_the_rest(engine: Engine, run_inbox: RunInbox) -> None:
    began = asyncio.Event()

    async def slowly(_: Open) -> Turn:
        began.set()
        await asyncio.sleep(0.3)
        return turn()

    async with run_inbox(slowly) as inbox:
        for number in range(3):
            await inbox.accept(event(number))
        await began.wait()

    assert [row.outcome for row in rows(engine)] == ["answered", None, None]
    async with run_inbox(answers_at_once):
        await closed(engine, 3)
    assert len(said(engine)) == 3


async def test_stopping_does_not_wait_for_ever(engine: Engine) -> None:
    async def hangs(_: Open) -> Turn:
        await asyncio.sleep(3600)
        return turn()

    inbox = Inbox(engine, Settings(), hangs)
    inbox.start()
    await inbox.accept(event(1))
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await inbox.stop(0.2)

    assert time.monotonic() - began < 3
    assert rows(engine)[0].outcome is None


async def test_nothing_is_accepted_while_the_database_is_locked(
    engine: Engine, run_inbox: RunInbox, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller learns it, so that it can say 503; afterwards it goes on by itself, and the log holds no text."""
    async with run_inbox(answers_at_once) as inbox:
        with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(OperationalError):
                await inbox.accept(event(1, text="chuyện riêng của nhà tôi"))
        assert rows(engine) == []
        await inbox.accept(event(1))
        await closed(engine, 1)

    assert "riêng" not in caplog.text


async def test_an_answer_survives_a_database_that_is_locked_when_it_is_ready(
    engine: Engine, run_inbox: RunInbox
) -> None:
    """It is written when the lock is gone; asking the dialogue again would answer twice into the conversation."""
    turns = 0

    async def locks_the_database(_: Open) -> Turn:
        nonlocal turns
        turns += 1
        other = sqlite3.connect(str(engine.url.database), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN EXCLUSIVE")
        asyncio.get_running_loop().call_later(4, other.close)
        return turn()

    async with run_inbox(locks_the_database) as inbox:
        await inbox.accept(event(1))
        (row,) = await closed(engine, 1)

    assert (turns, row.attempts, row.outcome) == (1, 1, "answered")
