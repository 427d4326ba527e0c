"""A resident's wish to be forgotten, carried out at once."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from rasa_sdk.interfaces import Action, Tracker
from sqlalchemy.engine import Engine

from faq.clock import now
from faq.db import connect
from faq.desk.retention import forget
from faq.settings import load_settings

_DONE = (
    "Đã xóa {what} khỏi trợ lý. Trợ lý chỉ giữ lại số đếm, không kèm nội dung và không biết là của ai. "
    "Tin nhắn trong ứng dụng trên máy thì bác tự xóa ở đó."
)


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return connect(load_settings().database_url)


class ActionDeleteData(Action):
    """Removes what is stored of the person who asks; doing it again changes nothing."""

    def __init__(self, engine: Callable[[], Engine] = _engine, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._clock = clock

    def name(self) -> str:
        """Name in domain and rules (see parent class)."""
        return "action_delete_data"

    async def run(self, dispatcher: Any, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        """Delete, then confirm (see parent class); a database error goes up, so that nothing false is confirmed."""
        metadata = tracker.latest_message.get("metadata") or {}
        keep = metadata.get("message_id")
        # In a thread: the database may wait seconds for another writer, and other residents must not.
        count = await asyncio.to_thread(forget, self._engine(), tracker.sender_id, self._clock(), keep)
        what = f"{count} tin nhắn của bác" if count else "các tin nhắn của bác"
        custom = {"outcome": "personal_data", "reason": "deleted"}
        dispatcher.utter_message(text=_DONE.format(what=what), json_message=custom)
        return []
