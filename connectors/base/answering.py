"""Joins Rasa and the ledger: a turn, and what belongs to it beyond the reply."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.engine import Engine

from connectors.base.inbox import TakeTurn
from connectors.base.turn import OnNewMessage, Turn, plain_part, rasa_turn
from faq.desk import ledger
from faq.desk.failures import turn_failures
from faq.desk.ledger import Open, Verdict
from faq.desk.outcomes import Outcome
from faq.desk.retention import forget_conversation
from faq.dialogue.phrases import phrases

_log = logging.getLogger(__name__)
_FEEDBACK = {"feedback_good": "good", "feedback_bad": "bad", "feedback_reason": "bad"}

Result = TypeVar("Result")


def answering(engine: Engine, on_new_message: OnNewMessage) -> TakeTurn:
    """Give the function that answers one claimed message."""

    async def take_turn(message: Open) -> Turn:
        if message.text is None:  # a deletion whose worker died before it could confirm
            done = Verdict(Outcome.PERSONAL_DATA, "deleted")
            return Turn(done, (plain_part(phrases()["utter_deleted"]),))
        with turn_failures() as failures:
            turn = await rasa_turn(on_new_message, message)
        if failures:
            _log.error("message %s: the conversation was not kept: %s", message.id, failures)
        if turn.intent in _FEEDBACK:
            await _in_thread(note_feedback, engine, message, turn.intent)
        if turn.verdict.reason == "deleted":
            await _in_thread(forget_conversation, engine, message.sender)
        elif turn.intent != "greet" and await _in_thread(ledger.is_first, engine, message.id, message.sender):
            turn = replace(turn, parts=(*turn.parts, plain_part(phrases()["utter_first_contact"])))
        return turn

    return take_turn


def note_feedback(engine: Engine, message: Open, intent: str) -> None:
    """Write what a person thinks of an answer beside the answered message.

    A tapped thumb names its reply, and the reason typed after it belongs to the same one; other typed words mean the
    last answer that can be judged.
    """
    part = (message.payload or {}).get("reply")
    if intent == "feedback_reason":
        part = ledger.last_blamed_part(engine, message.sender)
    if part is None:
        part = ledger.last_judged_part(engine, message.sender)
    if part is not None:
        said = message.text if intent == "feedback_reason" else None
        ledger.give_feedback(engine, message.sender, part, _FEEDBACK[intent], said)


async def _in_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    return await asyncio.get_running_loop().run_in_executor(None, partial(function, *arguments))
