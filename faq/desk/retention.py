"""Personal data goes: on a person's request at once, and for everybody when the retention time is over (faults.md 50).

What goes is texts, button payloads, answers, conversations and the link to the person. What stays is the count:
channel, time, outcome, entry. The event id stays too, so that an event delivered again is still known; connectors
keep personal ids out of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Engine

from faq.desk.ledger import lock_sender, writing
from faq.desk.outcomes import Outcome
from faq.tables import deletion, event, message, outbox

_BATCH = 500  # rows changed in one transaction, so that answering never waits long
#: A message answered so recently may still be on its way; only a direct request erases it (seconds: sending retries).
_SENDING = timedelta(minutes=5)
_NO_TEXT: dict[str, Any] = {"text": None, "payload": None, "feedback_text": None}


@dataclass(frozen=True)
class Receipt:
    """Proof of a deletion, and the order to repeat it after a backup was restored."""

    sender: str
    done_at: datetime
    messages: int


def forget(engine: Engine, sender: str, now: datetime, keep: int | None = None) -> int:
    """Remove all that belongs to one person; doing it again changes nothing.

    Open messages are closed without an answer, but for one: the message ``keep`` that asks for the deletion stays open
    and keeps its sender and payload, so that it can be answered. Its text goes now, the rest with the next
    :func:`reapply_deletions`.

    Returns:
        How many messages were changed.
    """
    with writing(engine) as connection:
        lock_sender(connection, _known(sender))
        kept = message.c.id == (keep or 0)
        count = _erase(connection, sender, [~kept])
        blank = update(message).where(kept, message.c.sender == sender, message.c.text.is_not(None))
        count += connection.execute(blank.values(text=None)).rowcount
        events = connection.execute(delete(event).where(event.c.sender == sender)).rowcount
        if count or events:
            connection.execute(insert(deletion).values(sender=sender, done_at=now, messages=count))
    return int(count)


def _known(sender: str) -> str:
    if not sender:
        raise ValueError("an empty sender is nobody: it stands in messages whose person was removed")
    return sender


def _erase(connection: Connection, sender: str, conditions: list[Any]) -> int:
    """Close, empty and unlink messages of a sender; then drop the answers to all that are no longer linked."""
    theirs = [message.c.sender == sender, *conditions]
    closed = {"outcome": Outcome.PERSONAL_DATA.value, "reason": "deleted", "claimed_by": None, "claimed_until": None}
    connection.execute(update(message).where(*theirs, message.c.outcome.is_(None)).values(closed))
    count = connection.execute(update(message).where(*theirs).values(_NO_TEXT | {"sender": ""})).rowcount
    still_linked = select(message.c.id).where(message.c.sender == sender)
    answers = and_(outbox.c.sender == sender, outbox.c.message_id.not_in(still_linked))
    connection.execute(delete(outbox).where(answers))
    return int(count)


def forget_conversation(engine: Engine, sender: str) -> None:
    """Drop what the dialogue remembers of a person, also what the turn of the deletion itself left behind."""
    with engine.begin() as connection:
        connection.execute(delete(event).where(event.c.sender == sender))


def receipts(engine: Engine) -> list[Receipt]:
    """Read all receipts; keep a copy outside the database, a restored backup lacks the newest ones."""
    columns = (deletion.c.sender, deletion.c.done_at, deletion.c.messages)
    with engine.connect() as connection:
        return [Receipt(*row) for row in connection.execute(select(*columns).order_by(deletion.c.id))]


def reapply_deletions(engine: Engine, now: datetime, known: Iterable[Receipt] = ()) -> int:
    """Delete again what belongs to a person and is older than the receipt: after a restore, and daily.

    Leaves what is being answered at this moment for the next run. ``known`` are receipts kept outside the database;
    those that it lacks are added first.

    Returns:
        How many messages were changed.
    """
    missing = [vars(receipt) for receipt in known if receipt not in set(receipts(engine))]
    if missing:
        with engine.begin() as connection:
            connection.execute(insert(deletion), missing)
    with engine.connect() as connection:
        due = connection.execute(_due()).all()
    return sum(_forget_again(engine, sender, done_at, now) for sender, done_at in due)


def _due() -> Any:
    """Select each sender of whom something older than the newest receipt is left."""
    done_at = func.max(deletion.c.done_at)
    newest = select(deletion.c.sender, done_at.label("done_at")).group_by(deletion.c.sender).subquery()
    texts = select(message.c.id).where(message.c.sender == newest.c.sender, message.c.received_at <= newest.c.done_at)
    events = select(event.c.id).where(event.c.sender == newest.c.sender, event.c.created_at <= newest.c.done_at)
    return select(newest.c.sender, newest.c.done_at).where(or_(texts.exists(), events.exists()))


def _forget_again(engine: Engine, sender: str, done_at: datetime, now: datetime) -> int:
    idle = or_(message.c.claimed_until.is_(None), message.c.claimed_until < now)
    sent = or_(message.c.replied_at.is_(None), message.c.replied_at <= now - _SENDING)
    old_events = delete(event).where(event.c.sender == sender, event.c.created_at <= done_at)
    with writing(engine) as connection:
        lock_sender(connection, sender)
        connection.execute(old_events)
        return _erase(connection, sender, [message.c.received_at <= done_at, idle, sent])


def expire(engine: Engine, before: datetime) -> int:
    """Remove texts, answers and conversations of messages received before an instant; outcomes and counts stay.

    Small transactions: it may be stopped at any moment and goes on where it was.

    Returns:
        How many messages lost their text, payload or comment.
    """
    old = message.c.received_at < before
    full = or_(*(message.c[name].is_not(None) for name in _NO_TEXT))
    texts = select(message.c.id).where(old, full).order_by(message.c.id).limit(_BATCH)
    answers = select(outbox.c.id).join(message, message.c.id == outbox.c.message_id)
    answers = answers.where(old).order_by(outbox.c.id).limit(_BATCH)
    events = select(event.c.id).where(event.c.created_at < before).order_by(event.c.id).limit(_BATCH)
    _sweep(engine, delete(outbox).where(outbox.c.id.in_(answers)))
    _sweep(engine, delete(event).where(event.c.id.in_(events)))
    return _sweep(engine, update(message).where(message.c.id.in_(texts)).values(_NO_TEXT))


def _sweep(engine: Engine, change: Any) -> int:
    total = 0
    while True:
        with engine.begin() as connection:
            count = int(connection.execute(change).rowcount)
        total += count
        if count < _BATCH:
            return total
