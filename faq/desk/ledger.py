"""The message ledger: every inbound message once, one owner at a time, exactly one outcome (DESIGN section 4).

Both databases keep the same promises in different ways. SQLite has one writer at a time. PostgreSQL has many, so
whoever adds, claims or erases messages of one sender holds that sender's transaction-level advisory lock.
One long file: what writes a column and what reads it stay beside each other.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from faq.desk.outcomes import FAILED, Outcome
from faq.errors import SettingsError
from faq.tables import message, outbox

#: Seed of the senders' advisory locks, so that no other use of such locks meets ours.
_LOCK_SPACE = 20250701
#: Senders tried in one claim; more than the processes that may be after the same ones at the same moment.
_HEADS = 16
_PAGE = 500  # rows read at a time, so that no transaction stays open while a long list is used
_FAILED = sorted(outcome.value for outcome in FAILED)
_LONGEST_REASON = message.c.reason.type.length


@dataclass(frozen=True)
class Received:
    """One inbound message as a connector hands it over.

    Attributes:
        event_id: The platform's id of the event; with the channel it is unique.
        sender: Result of :func:`sender_key`, never a platform id.
        text: Canonical and masked; None when the event has none.
        payload: What a tapped button carries; plain JSON.
    """

    channel: str
    event_id: str
    sender: str
    kind: str
    text: str | None
    payload: Mapping[str, Any] | None
    received_at: datetime


@dataclass(frozen=True)
class Open:
    """A claimed message: the caller alone may answer its sender until the lease ends.

    Attributes:
        attempts: How often it was claimed, this time included.
    """

    id: int
    channel: str
    sender: str
    kind: str
    text: str | None
    payload: Mapping[str, Any] | None
    received_at: datetime
    attempts: int


@dataclass(frozen=True)
class Verdict:
    """How a message ended.

    Attributes:
        reason: Finer cause inside the outcome; cut to what the column holds.
        candidates: Best entries with their probability in [0, 1], best first.
        revision: Published revision the answer came from.
        model: Fingerprint of the model.
    """

    outcome: Outcome
    reason: str | None = None
    entry: str | None = None
    aspect: str | None = None
    candidates: Sequence[tuple[str, float]] = ()
    revision: int | None = None
    model: str | None = None


@dataclass(frozen=True)
class Part:
    """One part of an answer that waits to be fetched or sent.

    Attributes:
        event_id: The event that it answers.
        part: Number within the answer, from 1.
    """

    id: int
    message_id: int
    event_id: str
    part: int
    body: Mapping[str, Any]
    state: str


@dataclass(frozen=True)
class Unanswered:
    """A message that failed, as the desk shows it."""

    id: int
    received_at: datetime
    channel: str
    text: str | None
    outcome: Outcome
    reason: str | None
    entry: str | None
    candidates: tuple[tuple[str, float], ...]


def sender_key(hash_key: str, channel: str, platform_id: str) -> str:
    """Turn a platform's id of a person into the key under which we know them: 64 hex digits.

    Raises:
        SettingsError: The key is empty; anybody could then find a person by trying ids.
    """
    if not hash_key:
        raise SettingsError("TROLY_HASH_KEY is empty: leave it out of .env and one is made on the first start")
    return hmac.new(hash_key.encode(), f"{channel}:{platform_id}".encode(), hashlib.sha256).hexdigest()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that reads before it writes; SQLite must be told, or another writer slips in between."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def lock_sender(connection: Connection, sender: str) -> None:
    """Wait until nobody else adds, claims or erases messages of this sender; holds until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_lock_number(sender))))


def _try_lock_sender(connection: Connection, sender: str) -> bool:
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_lock_number(sender)))))


def _lock_number(sender: str) -> Any:
    return func.hashtextextended(sender, _LOCK_SPACE)


def record(engine: Engine, received: Received) -> int | None:
    """Store an inbound message; only afterwards may the platform be told that it arrived.

    Returns:
        Its id, or None when this event was stored before.
    """
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    payload = None if received.payload is None else dict(received.payload)
    new = dialect.insert(message).values({**vars(received), "payload": payload})
    with writing(engine) as connection:
        # Without the lock ids of one sender could become visible in another order than they were given.
        lock_sender(connection, received.sender)
        result = connection.execute(new.on_conflict_do_nothing(index_elements=["channel", "event_id"]))
        return int(result.inserted_primary_key[0]) if result.rowcount == 1 else None


def waiting(engine: Engine, sender: str) -> int:
    """Count the open messages of a sender, for the limit on the queue."""
    return _count(engine, message.c.sender == sender, message.c.outcome.is_(None))


def recent(engine: Engine, sender: str, since: datetime) -> int:
    """Count the messages of a sender since an instant, for the limit per minute."""
    return _count(engine, message.c.sender == sender, message.c.received_at >= since)


def stale(engine: Engine, older_than: datetime) -> int:
    """Count open messages received before an instant; above 0 means that answering stands still."""
    # Not in WHERE: SQLite would then walk all old messages, not the few open ones.
    old = func.count().filter(message.c.received_at < older_than)
    with engine.connect() as connection:
        return int(connection.scalar(select(old).where(message.c.outcome.is_(None))))


def _count(engine: Engine, *conditions: Any) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(message).where(*conditions)))


def claim(engine: Engine, worker: str, lease_seconds: float, now: datetime) -> Open | None:
    """Take the oldest message whose sender nobody is answering.

    Per sender the order of arrival is kept and only one claim lives at a time; a claim ends with :func:`close`,
    :func:`release`, or its lease.
    """
    lease = {"claimed_by": worker, "claimed_until": now + timedelta(seconds=lease_seconds)}
    with writing(engine) as connection:
        for row in connection.execute(_heads(now)).all():
            # The second look is a new statement, so it sees all that was committed before we had the lock.
            if _try_lock_sender(connection, row.sender) and _take(connection, row.id, row.sender, lease, now):
                return _read_open(connection, row.id)
    return None


def _heads(now: datetime) -> Any:
    """Select the first open message of each sender without a live claim, oldest first."""
    claimed_until = func.max(message.c.claimed_until)
    first = func.min(message.c.id).label("id")
    return (
        select(first, message.c.sender)
        .where(message.c.outcome.is_(None))
        .group_by(message.c.sender)
        .having(or_(claimed_until.is_(None), claimed_until < now))
        .order_by(first)
        .limit(_HEADS)
    )


def _take(connection: Connection, message_id: int, sender: str, lease: Mapping[str, Any], now: datetime) -> bool:
    other = message.alias()
    live = (other.c.sender == sender, other.c.outcome.is_(None), other.c.claimed_until >= now)
    taken = select(other.c.id).where(*live).exists()
    still_free = and_(message.c.id == message_id, message.c.outcome.is_(None), ~taken)
    values = {**lease, "attempts": message.c.attempts + 1}
    return bool(connection.execute(update(message).where(still_free).values(values)).rowcount)


def _read_open(connection: Connection, message_id: int) -> Open:
    columns = [message.c[name] for name in Open.__dataclass_fields__]
    return Open(*connection.execute(select(*columns).where(message.c.id == message_id)).one())


def close(
    engine: Engine,
    message_id: int,
    verdict: Verdict,
    parts: Sequence[Mapping[str, Any]],
    now: datetime,
) -> bool:
    """End a message: its one outcome and the parts of its answer, together or not at all.

    Returns:
        False when it has an outcome already; then nothing is written and nothing may be sent.
    """
    with writing(engine) as connection:
        ended = _verdict_values(verdict) | {"claimed_by": None, "claimed_until": None}
        ended["replied_at"] = now if parts else None
        first = update(message).where(message.c.id == message_id, message.c.outcome.is_(None)).values(ended)
        if not connection.execute(first).rowcount:
            return False
        if parts:
            _queue(connection, message_id, parts, now)
    return True


def _verdict_values(verdict: Verdict) -> dict[str, Any]:
    values = dict(vars(verdict))
    values["outcome"] = Outcome(verdict.outcome).value
    values["reason"] = verdict.reason and verdict.reason[:_LONGEST_REASON]
    values["candidates"] = [[name, round(float(chance), 4)] for name, chance in verdict.candidates] or None
    return values


def _queue(connection: Connection, message_id: int, parts: Sequence[Mapping[str, Any]], now: datetime) -> None:
    to = connection.execute(select(message.c.channel, message.c.sender).where(message.c.id == message_id)).one()
    common = {"message_id": message_id, **to._mapping, "state": "waiting", "created_at": now}
    rows = [{**common, "part": number, "body": dict(body)} for number, body in enumerate(parts, 1)]
    connection.execute(insert(outbox), rows)


def release(engine: Engine, message_id: int, worker: str | None = None) -> None:
    """Give a claim back so that the message is taken again at once; with ``worker`` only if that one holds it."""
    held = [message.c.id == message_id, message.c.outcome.is_(None)]
    if worker is not None:
        held.append(message.c.claimed_by == worker)
    with engine.begin() as connection:
        connection.execute(update(message).where(*held).values(claimed_by=None, claimed_until=None))


def parts_after(engine: Engine, channel: str, sender: str, after: int, limit: int = 50) -> list[Part]:
    """Read the parts a sender has not seen yet, in order; ``after`` is the last outbox id they have, or 0."""
    columns = [*(outbox.c[name] for name in ("id", "message_id")), message.c.event_id, outbox.c.part, outbox.c.body]
    query = select(*columns, outbox.c.state).join(message, message.c.id == outbox.c.message_id)
    query = query.where(outbox.c.channel == channel, outbox.c.sender == sender, outbox.c.id > after)
    with engine.connect() as connection:
        return [Part(*row) for row in connection.execute(query.order_by(outbox.c.id).limit(limit))]


def mark_sent(engine: Engine, ids: Iterable[int], now: datetime) -> None:
    """Note that parts were delivered; a part that was sent before keeps its first instant."""
    unsent = (outbox.c.id.in_(list(ids)), outbox.c.state != "sent")
    with engine.begin() as connection:
        connection.execute(update(outbox).where(*unsent).values(state="sent", sent_at=now))


def give_feedback(engine: Engine, sender: str, outbox_id: int, feedback: str, text: str | None = None) -> str | None:
    """Note what a resident thinks of an answer they received.

    Args:
        engine: The database.
        sender: Who says it.
        outbox_id: Any part of the answer.
        feedback: ``good`` or ``bad``; the latest counts.
        text: What they added, canonical and masked.

    Returns:
        The entry that the answer came from; None when there is none, or the part is not this sender's.
    """
    if feedback not in ("good", "bad"):
        raise ValueError(f"feedback is good or bad, not {feedback!r}")
    mine = select(message.c.id, message.c.entry).join(outbox, outbox.c.message_id == message.c.id)
    mine = mine.where(outbox.c.id == outbox_id, outbox.c.sender == sender)
    with writing(engine) as connection:
        row = connection.execute(mine).one_or_none()
        if row is None:
            return None
        values = {"feedback": feedback, "feedback_text": text}
        connection.execute(update(message).where(message.c.id == row.id).values(values))
    return None if row.entry is None else str(row.entry)


def is_first(engine: Engine, message_id: int, sender: str) -> bool:
    """Tell whether a message is the first one that is kept of a person."""
    earlier = select(message.c.id).where(message.c.sender == sender, message.c.id < message_id).limit(1)
    with engine.connect() as connection:
        return connection.execute(earlier).first() is None


def last_judged_part(engine: Engine, sender: str) -> int | None:
    """Give the newest part sent to a person that asked for a judgement; None when there is none."""
    query = select(outbox.c.id, outbox.c.body).where(outbox.c.sender == sender).order_by(outbox.c.id.desc()).limit(10)
    with engine.connect() as connection:
        return next((row.id for row in connection.execute(query) if row.body.get("feedback")), None)


def last_blamed_part(engine: Engine, sender: str) -> int | None:
    """Give the part under which a person last tapped the thumb down; None when they typed it, or never did."""
    bad = (message.c.sender == sender, message.c.outcome == Outcome.FEEDBACK_BAD.value)
    query = select(message.c.payload).where(*bad).order_by(message.c.id.desc()).limit(1)
    with engine.connect() as connection:
        return (connection.scalar(query) or {}).get("reply")


def unanswered(engine: Engine, since: datetime | None = None, limit: int | None = None) -> Iterator[Unanswered]:
    """Read what failed, newest first; no transaction stays open between two rows.

    An answer that was judged bad stands there too, with its question.
    """
    columns = [message.c[name] for name in Unanswered.__dataclass_fields__]
    judged_bad = message.c.feedback == "bad"
    failed = or_(message.c.outcome.in_(_FAILED), judged_bad)
    query = select(*columns, judged_bad.label("judged_bad")).where(failed, *_since(since))
    query = query.order_by(message.c.id.desc())
    last: int | None = None
    while limit is None or limit > 0:
        page = query if last is None else query.where(message.c.id < last)
        with engine.connect() as connection:
            rows = connection.execute(page.limit(_PAGE if limit is None else min(limit, _PAGE))).all()
        if not rows:
            return
        yield from map(_as_unanswered, rows)
        last, limit = rows[-1].id, None if limit is None else limit - len(rows)


def _as_unanswered(row: Any) -> Unanswered:
    candidates = tuple((str(name), float(chance)) for name, chance in row.candidates or ())
    values = {name: row._mapping[name] for name in Unanswered.__dataclass_fields__}
    outcome = Outcome.FEEDBACK_BAD if row.judged_bad else Outcome(row.outcome)
    return Unanswered(**{**values, "outcome": outcome, "candidates": candidates})


def _since(since: datetime | None) -> list[Any]:
    return [] if since is None else [message.c.received_at >= since]


def outcome_counts(engine: Engine, since: datetime | None = None) -> dict[str, int]:
    """Count the messages of each outcome; open ones are not among them."""
    query = select(message.c.outcome, func.count()).where(message.c.outcome.is_not(None), *_since(since))
    with engine.connect() as connection:
        rows = connection.execute(query.group_by(message.c.outcome).order_by(message.c.outcome)).all()
    return {str(outcome): int(count) for outcome, count in rows}
