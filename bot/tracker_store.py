"""Rasa's tracker store over our `event` table: one SELECT and one INSERT a message (rasa-operations.md section 4).

Rasa wraps every store in ``FailSafeTrackerStore``: after a failed read the person silently gets a new conversation,
after a failed save the turn is forgotten, and either leaves one ERROR line. So failures are noted
(faq.desk.failures) before that wrapper swallows them.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from rasa.core.actions.action import ActionSessionStart
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_SESSION_START_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.shared.utils.common import all_subclasses
from sqlalchemy import LargeBinary, bindparam, delete, func, insert, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from faq.clock import now
from faq.db import connect
from faq.desk.failures import note_failure
from faq.errors import SettingsError
from faq.settings import load_settings
from faq.tables import event

#: Attribute of a tracker: how many of its events are in the table. Rasa's SQL store asks the database instead, and so
#: loses a turn after each failed read.
_STORED = "events_in_the_table"
#: Last replies that a new session takes along: what the dialogue remembers rides in them (``custom``), and the person
#: who taps a choice must not notice that the session changed. Three, for the last one may be a polite error line.
_REPLIES_TAKEN_ALONG = 3
_THREADS = 4  # as many as faq.db keeps connections

Result = TypeVar("Result")


class TrackerStoreError(RasaException):
    """A conversation could not be read or saved; the text holds no event, for Rasa logs it."""


@contextmanager
def _noting(operation: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever it is, Rasa's wrapper would hide it
        note_failure(operation, error)
        raise TrackerStoreError(f"{operation} of a conversation failed: {_harmless(error)}") from error


def _harmless(error: Exception) -> str:
    """Describe an error without values: SQLAlchemy's own text repeats the statement with its parameters."""
    if isinstance(error, OperationalError):  # "database is locked", "connection refused", "statement timeout"
        return f"OperationalError: {str(error.orig).partition(chr(10))[0]}"
    return type(error).__name__


def encode(rasa_event: Any) -> bytes:
    """Give the compact JSON of an event; its type always stands first, where the queries look for it."""
    body = {"event": rasa_event.type_name, **rasa_event.as_dict()}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")  # half an emoji must not cost a turn


def decode(bodies: Iterable[bytes]) -> list[Any]:
    """Give the events of bodies, parsed at one go and without Rasa's search through all classes for each event."""
    found = map(_event_of, json.loads(b"[%s]" % b",".join(bodies)))
    return [rasa_event for rasa_event in found if rasa_event]


def _event_of(parameters: dict[str, Any]) -> Any:
    kind = _event_types().get(parameters["event"])
    return kind._from_parameters(parameters) if kind else Event.from_parameters(parameters)


@lru_cache(maxsize=1)
def _event_types() -> dict[str, Any]:
    return {kind.type_name: kind for kind in reversed(all_subclasses(Event))}  # as upstream: the first one wins


def _head(kind: Any) -> bytes:
    return b'{"event":"%s",' % kind.type_name.encode()


_USER_HEAD = _head(UserUttered)
_START_HEAD = _head(SessionStarted)
_earlier = event.alias("earlier")
_head_of_earlier = func.substr(_earlier.c.body, 1, len(_START_HEAD), type_=LargeBinary)
#: From the newest event backwards, so that the index is left at the start of the session, not at the first event.
_LAST_START = (
    select(_earlier.c.id)
    .where(_earlier.c.sender == bindparam("sender"), _head_of_earlier == _START_HEAD)
    .order_by(_earlier.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ALL = select(event.c.body).where(event.c.sender == bindparam("sender")).order_by(event.c.id)
_SESSION = _ALL.where(event.c.id >= func.coalesce(_LAST_START, 0))
_SENDERS = select(event.c.sender).distinct().order_by(event.c.sender)
_DELETE = delete(event).where(event.c.sender == bindparam("sender"))
_INSERT = insert(event)


class _Database:
    """Runs short transactions in threads: a slow database delays one conversation, not all of them."""

    def __init__(self, engine: Engine) -> None:
        engine.hide_parameters = True  # errors travel to logs; bodies must not
        self._engine = engine
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tracker-store")

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Run ``work`` in one transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transact, work)

    def _transact(self, work: Callable[[Connection], Result]) -> Result:
        with self._engine.begin() as connection:
            return work(connection)


@lru_cache(maxsize=1)
def _shared_database(url: str) -> _Database:
    """Give the database of this process: Rasa makes a new store, and would leak a pool, at every model swap."""
    return _Database(connect(url))


class LeanTrackerStore(TrackerStore):
    """Keeps conversations as a bounded cache; the record is the `message` table.

    A conversation begins anew after `session_messages` messages, beside Rasa's own limit by time.
    endpoints.yml names the class and nothing else; all else comes from :mod:`faq.settings`.

    Args:
        engine: Database of a test; else the one of the settings.
        session_messages: Session length of a test; else the one of the settings.
    """

    #: Rasa falls back to memory when a configured store cannot be imported; readiness asks for this.
    keeps_conversations = True

    def __init__(
        self,
        domain: Any = None,
        event_broker: Any = None,
        host: str | None = None,
        engine: Engine | None = None,
        session_messages: int | None = None,
        **unknown: Any,
    ) -> None:
        if host or unknown:
            key = "url" if host else sorted(unknown)[0]
            raise SettingsError(f"tracker_store in endpoints.yml takes only `type`: remove {key!r}, set DATABASE_URL")
        settings = load_settings()
        self._database = _Database(engine) if engine else _shared_database(settings.database_url)
        self._session_messages = session_messages or settings.session_messages
        super().__init__(domain, event_broker)

    async def retrieve(self, sender_id: str) -> Any:
        """Give the present session, or None for a new person (see parent class).

        Raises:
            TrackerStoreError: The database or an event cannot be read.
        """
        with _noting("read"):
            bodies = await self._bodies(_SESSION, sender_id)
            tracker = self._tracker(sender_id, bodies)
            if tracker and _user_turns(bodies) >= self._session_messages:
                return await self._next_session(tracker)
            return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> Any:
        """Give all sessions that are still stored, or None (see parent class).

        Raises:
            TrackerStoreError: The database or an event cannot be read.
        """
        with _noting("read"):
            return self._tracker(conversation_id, await self._bodies(_ALL, conversation_id))

    async def save(self, tracker: Any) -> None:
        """Store the events that did not come from the store (see parent class).

        Raises:
            TrackerStoreError: Nothing was stored; the next save of this tracker includes these events.
        """
        fresh = list(islice(tracker.events, getattr(tracker, _STORED, 0), None))
        if not fresh:
            return
        with _noting("save"):
            moment = now()
            rows = [{"sender": tracker.sender_id, "created_at": moment, "body": encode(one)} for one in fresh]
            await self._database.run(lambda connection: connection.execute(_INSERT, rows))
            _mark_stored(tracker)
        if self.event_broker is not None:  # after the INSERT, so that a failed save is not published twice
            await self._stream_new_events(self.event_broker, fresh, tracker.sender_id)

    async def keys(self) -> Iterable[str]:
        """Give the keys of all people with stored events (see parent class)."""
        with _noting("read"):
            return await self._database.run(lambda connection: list(connection.execute(_SENDERS).scalars()))

    async def delete(self, sender_id: str) -> int:
        """Remove every event of a person and tell how many there were; Rasa 3.6 itself cannot delete."""
        with _noting("delete"):
            parameters = {"sender": sender_id}
            return await self._database.run(lambda connection: int(connection.execute(_DELETE, parameters).rowcount))

    async def _bodies(self, query: Any, sender: str) -> Sequence[bytes]:
        parameters = {"sender": sender}
        return await self._database.run(lambda connection: connection.execute(query, parameters).scalars().all())

    def _tracker(self, sender: str, bodies: Sequence[bytes]) -> Any:
        if not bodies:
            return None
        return _mark_stored(DialogueStateTracker.from_events(sender, decode(bodies), self.domain.slots))

    async def _next_session(self, full: Any) -> Any:
        """Give a tracker that has just begun a session; none of its events is stored yet.

        Rasa would begin one by itself for an empty tracker, but without the last replies and what rides in them.
        """
        start, *slots_and_listen = await ActionSessionStart().run(None, None, full, self.domain)
        events = [ActionExecuted(ACTION_SESSION_START_NAME), start, *self._last_replies(full), *slots_and_listen]
        tracker = self.init_tracker(full.sender_id)
        tracker.update_with_events(events, self.domain)
        return tracker

    def _last_replies(self, full: Any) -> list[Any]:
        """Give the last replies unless Rasa's own limit by time has made an end of them."""
        minutes = self.domain.session_config.session_expiration_time
        oldest = time.time() - minutes * 60 if minutes else 0.0
        replies = [found for found in full.events if isinstance(found, BotUttered) and found.timestamp >= oldest]
        return replies[-_REPLIES_TAKEN_ALONG:]


def _mark_stored(tracker: Any) -> Any:
    setattr(tracker, _STORED, len(tracker.events))
    return tracker


def _user_turns(bodies: Iterable[bytes]) -> int:
    return sum(body.startswith(_USER_HEAD) for body in bodies)
