"""One turn of the dialogue through Rasa: a claimed message in, a verdict and the parts of the reply out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from faq.desk.ledger import Open, Verdict
from faq.desk.outcomes import Outcome
from faq.dialogue.phrases import phrases

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


@dataclass(frozen=True)
class Turn:
    """What a turn came to.

    Attributes:
        verdict: The one outcome of the message.
        parts: Bodies for the outbox: ``text``, ``buttons``, ``links``, ``feedback``.
        intent: Rasa intent of the decision; "" when the turn failed.
    """

    verdict: Verdict
    parts: tuple[Mapping[str, Any], ...]
    intent: str = ""


class CollectedReplies(OutputChannel):
    """Output channel that keeps what Rasa says; delivery is the outbox's work, so nothing here can fail."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.responses: list[dict[str, Any]] = []

    def name(self) -> str:  # type: ignore[override]  # a class method upstream; the channel differs per message here
        """Give the channel's name (see parent class)."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one response (see parent class)."""
        self.responses.append(message)


async def rasa_turn(on_new_message: OnNewMessage, message: Open) -> Turn:
    """Let Rasa answer one message.

    The text never begins with "/": Rasa would take it for a command (rasa-operations.md section 8).
    """
    output = CollectedReplies(message.channel)
    text = (message.text or "").lstrip("/\u2044\u2215 ")
    metadata = {"message_id": message.id, "payload": message.payload, "kind": message.kind}
    await on_new_message(
        UserMessage(
            text, output, message.sender, input_channel=message.channel, message_id=str(message.id), metadata=metadata
        )
    )
    turn = _turn_of(output.responses)
    return turn if turn.parts else polite_error(Outcome.ERROR_NO_REPLY, "silence")


def _turn_of(responses: list[dict[str, Any]]) -> Turn:
    custom: Mapping[str, Any] = next((response["custom"] for response in responses if response.get("custom")), {})
    verdict = Verdict(
        outcome=Outcome(custom.get("outcome", Outcome.ERROR_NO_REPLY)),
        reason=custom.get("reason") or None,
        entry=custom.get("entry") or None,
        aspect=custom.get("aspect") or None,
        candidates=tuple((row["entry"], row["probability"]) for row in custom.get("candidates", ())),
        revision=custom.get("revision"),
        model=custom.get("model"),
    )
    parts = tuple(_part(response) for response in responses if response.get("text"))
    return Turn(verdict, parts, custom.get("intent", ""))


def _part(response: Mapping[str, Any]) -> dict[str, Any]:
    custom = response.get("custom") or {}
    return {
        "text": response["text"],
        "buttons": response.get("buttons") or [],
        "links": custom.get("links") or [],
        "feedback": bool(custom.get("feedback")),
    }


def polite_error(outcome: Outcome, reason: str) -> Turn:
    """Give the turn of a part that broke: one polite line, and an outcome that names the part."""
    return Turn(Verdict(outcome, reason), (plain_part(phrases()["utter_error"]),))


def plain_part(text: str) -> dict[str, Any]:
    """Give an outbox part that only says something."""
    return {"text": text, "buttons": [], "links": [], "feedback": False}
