"""The inbox: from an accepted event to one claimed, answered and closed message.

A conversation is claimed by one worker at a time (faq.desk.ledger.claim), so order is kept and nothing is
answered twice, also with several processes on one database.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4
from weakref import WeakValueDictionary

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.base.turn import Turn, polite_error
from faq.clock import now
from faq.desk import ledger
from faq.desk.outcomes import Outcome
from faq.dialogue.model import known_payload
from faq.privacy.masking import mask
from faq.settings import Settings
from faq.text.canonical import canonical, cap

_log = logging.getLogger(__name__)

#: A worker that died gives its message back after this time; longer than any turn (faults.md 9).
LEASE_SECONDS = 30.0
#: Tries before a message that always fails is closed with a polite line (faults.md 14).
MOST_ATTEMPTS = 3
_IDLE_SECONDS = 1.0
_WORKERS = 4
_CLOSE_TRIES = 3  # of some seconds each (faq.db.PATIENCE); with the turn they stay within the lease

Result = TypeVar("Result")
TakeTurn = Callable[[ledger.Open], Awaitable[Turn]]


@dataclass(frozen=True)
class Event:
    """One decoded event of a platform, before masking.

    Attributes:
        event_id: The platform's id of it, unique within the channel.
        sender: Key of the person (faq.desk.ledger.sender_key).
        kind: ``text``, ``sticker``, ``image``, ``voice``, ``file``, ``location``.
    """

    channel: str
    event_id: str
    sender: str
    text: str = ""
    payload: dict[str, Any] | None = None
    kind: str = "text"


class RefusedError(Exception):
    """An event that is not accepted now; the platform or page may send it again.

    Attributes:
        retry_after: Seconds to wait.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"refused for {retry_after} s")
        self.retry_after = retry_after


class Inbox:
    """Accepts events and answers them in order of each person.

    Args:
        engine: The database.
        settings: Limits.
        take_turn: Runs one turn of the dialogue.
    """

    def __init__(self, engine: Engine, settings: Settings, take_turn: TakeTurn) -> None:
        self._engine, self._settings, self._take_turn = engine, settings, take_turn
        self._name = f"w-{uuid4().hex[:12]}"
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._doors: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._answered = asyncio.Condition()
        self.answers = 0

    async def accept(self, event: Event) -> bool:
        """Store an event; True when it is new.

        Raises:
            RefusedError: The person writes faster than can be answered.
            SQLAlchemyError: The database is away: nothing was accepted.
        """
        async with self._doors.setdefault(event.sender, asyncio.Lock()):  # counted and stored by one at a time
            is_new = await self._in_thread(self._store, event)
        self._work.set()
        return is_new

    def _store(self, event: Event) -> bool:
        since = now() - timedelta(minutes=1)
        if (
            ledger.recent(self._engine, event.sender, since) >= self._settings.rate_per_minute
            or ledger.waiting(self._engine, event.sender) >= self._settings.longest_queue
        ):
            raise RefusedError(retry_after=60)
        return ledger.record(self._engine, self._received(event)) is not None

    def _received(self, event: Event) -> ledger.Received:
        text, kind = canonical(event.text), event.kind
        if kind == "text" and len(text) > self._settings.longest_text:
            kind = "too_long"
        masked = mask(cap(text, self._settings.longest_text)).text
        payload = known_payload(event.payload)
        return ledger.Received(event.channel, event.event_id, event.sender, kind, masked, payload, now())

    def start(self) -> None:
        """Begin to answer."""
        self._tasks = [asyncio.create_task(self._loop(f"{self._name}-{place}")) for place in range(_WORKERS)]

    async def stop(self, patience: float) -> None:
        """Finish the turns under way, at most ``patience`` seconds; the rest stays in the table."""
        self._stopping = True
        self._work.set()
        _, late = await asyncio.wait(self._tasks, timeout=patience) if self._tasks else ((), ())
        for task in late:
            task.cancel()

    async def _loop(self, worker: str) -> None:
        while not self._stopping:
            self._work.clear()  # before the look: what is stored during it sets this again
            try:
                message = await self._in_thread(ledger.claim, self._engine, worker, LEASE_SECONDS, now())
            except SQLAlchemyError:
                _log.exception("the database cannot be asked for work")
                message = None
            if message is None:
                await self._rest()
            else:
                await self._answer(message)

    async def _rest(self) -> None:
        with suppress(asyncio.TimeoutError):  # look again then: another process may have left work behind
            await asyncio.wait_for(self._work.wait(), _IDLE_SECONDS)

    async def _answer(self, message: ledger.Open) -> None:
        turn = await self._turn_of(message)
        if not await self._close(message, turn):
            return
        self._work.set()  # the same person may have written again meanwhile
        async with self._answered:
            self.answers += 1
            self._answered.notify_all()

    async def _close(self, message: ledger.Open, turn: Turn) -> bool:
        """Write the end of a message; a second turn would be remembered twice, so a busy database is asked again."""
        for left in reversed(range(_CLOSE_TRIES)):
            try:
                closing = partial(ledger.close, self._engine, message.id, turn.verdict, [*turn.parts], now())
                await self._in_thread(closing)
                return True
            except SQLAlchemyError:
                _log.exception("message %s cannot be closed; tries left: %s, then its claim runs out", message.id, left)
        return False

    async def wait_for_answers(self, seen: int, seconds: float) -> None:
        """Wait until more than ``seen`` answers were given here, at most some seconds."""
        with suppress(asyncio.TimeoutError):
            async with self._answered:
                await asyncio.wait_for(self._answered.wait_for(lambda: self.answers > seen), seconds)

    async def _turn_of(self, message: ledger.Open) -> Turn:
        if message.attempts > MOST_ATTEMPTS:
            return polite_error(Outcome.ERROR_UNDERSTANDING, "too_many_tries")
        if is_late(message.received_at, self._settings.oldest_message):
            message = ledger.Open(**{**vars(message), "kind": "late"})
        try:
            return await asyncio.wait_for(self._take_turn(message), self._settings.turn_timeout)
        except asyncio.TimeoutError:
            _log.error("message %s: the turn took too long", message.id)
            return polite_error(Outcome.ERROR_TIMEOUT, "turn")
        except SQLAlchemyError:
            _log.exception("message %s: the database failed in the turn", message.id)
            return polite_error(Outcome.ERROR_STORAGE, "turn")
        except Exception:  # the edge of the process: log the id, never the text, and stay polite
            _log.exception("message %s: the turn failed", message.id)
            return polite_error(Outcome.ERROR_UNDERSTANDING, "turn")

    async def _in_thread(self, function: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(None, partial(function, *arguments))


def is_late(received_at: datetime, oldest: int) -> bool:
    """Tell whether a message waited so long that an answer would surprise."""
    return (now() - received_at).total_seconds() > oldest
