"""Rasa NLG that words the decision of a turn from the published entries; no action server needed."""

from collections.abc import Mapping
from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.brain import brain_of
from bot.live import shared_live
from faq.clock import today
from faq.dialogue.model import Decision, Reply
from faq.dialogue.phrases import phrases


class FaqNlg(NaturalLanguageGenerator):
    """Answers ``utter_<intent>`` of the current decision; any other response is a fixed line of the domain."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None) -> None:
        self._live = shared_live()

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Word one response (see parent class)."""
        found = (tracker.latest_message.parse_data if tracker.latest_message else {}).get("faq")
        if not found or utter_action != f"utter_{found['intent']}":
            line = phrases().get(utter_action) or phrases()["utter_error"]
            return {"text": line, "custom": {"outcome": "error_no_reply", "reason": utter_action}}
        decision = Decision.from_json(found)
        brain = brain_of(self._live.at(found["revision"]))
        return to_rasa(brain.composer.compose(decision, today()), decision, found)


def to_rasa(reply: Reply, decision: Decision, found: Mapping[str, Any]) -> dict[str, Any]:
    """Give the Rasa response of a reply; what our channels need rides in ``custom``."""
    target = decision.targets[0] if decision.targets else None
    buttons = [{"title": button.title, "payload": button.payload} for button in reply.buttons]
    custom = {
        "intent": decision.intent,
        "outcome": decision.outcome,
        "reason": decision.reason,
        "candidates": found["candidates"],
        "revision": found["revision"],
        "model": found["model"],
        "entry": target.entry if target else "",
        "aspect": target.aspect if target else "",
        "links": [{"label": label, "url": url} for label, url in reply.links],
        "feedback": reply.feedback,
        "state": reply.state.to_json(),
    }
    return {"text": reply.text, "buttons": buttons, "custom": custom}
