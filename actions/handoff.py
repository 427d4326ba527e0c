"""Whom to call: the hotline that fits, whether it is open now, and what to have at hand."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rasa_sdk.interfaces import Action, Tracker

from faq.clock import now
from faq.locality.replies import handoff_reply


class ActionHandoff(Action):
    """Tells a resident who wants a person whom to call; the outcome of the message records the wish for the desk."""

    def __init__(self, clock: Callable[[], datetime] = now) -> None:
        self._clock = clock

    def name(self) -> str:
        """Name in domain and rules (see parent class)."""
        return "action_handoff"

    async def run(self, dispatcher: Any, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        """Utter the hotlines (see parent class)."""
        decision = tracker.latest_message.get("faq") or {}
        reply = handoff_reply((decision.get("state") or {}).get("entry", ""), self._clock())
        custom = {"outcome": reply.outcome, "reason": decision.get("reason") or reply.reason}
        dispatcher.utter_message(text=reply.text, json_message=custom)
        return []
