"""Joins Rasa and the ledger: runs a turn and notes a verdict on an earlier answer."""

import asyncio

from sqlalchemy.engine import Engine

from connectors.base.inbox import TakeTurn
from connectors.base.turn import OnNewMessage, Turn, rasa_turn
from faq.desk import ledger
from faq.desk.ledger import Open

_FEEDBACK = {"feedback_good": "good", "feedback_bad": "bad", "feedback_reason": "bad"}


def answering(engine: Engine, on_new_message: OnNewMessage) -> TakeTurn:
    """Give the function that answers one claimed message."""

    async def take_turn(message: Open) -> Turn:
        turn = await rasa_turn(on_new_message, message)
        if turn.intent in _FEEDBACK:
            await asyncio.get_running_loop().run_in_executor(None, note_feedback, engine, message, turn.intent)
        return turn

    return take_turn


def note_feedback(engine: Engine, message: Open, intent: str) -> None:
    """Write what a person thinks of an answer beside the answered message.

    A tapped thumb names its reply; typed words mean the last answer that can be judged.
    """
    reply = (message.payload or {}).get("reply")
    part = reply if isinstance(reply, int) else ledger.last_judged_part(engine, message.sender)
    if part is not None:
        said = message.text if intent == "feedback_reason" else None
        ledger.give_feedback(engine, message.sender, part, _FEEDBACK[intent], said)
