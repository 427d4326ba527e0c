"""Holds a conversation the way the doors do: canonical, masked, one state from reply to reply."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any

from faq.dialogue.compose import Composer
from faq.dialogue.decide import Decider
from faq.dialogue.model import Choice, Decision, Inbound, Reply, State, known_payload
from faq.dialogue.phrases import RESPONSES, load_phrases
from faq.locality.replies import handoff_reply, ward_reply
from faq.locality.wards import is_ward_question
from faq.matching.index import Snapshot
from faq.matching.ranker import Ranker
from faq.privacy.masking import mask
from faq.settings import Settings
from faq.text.canonical import canonical
from tests.faq.small import DAY, often_unsure

PHRASES = load_phrases(RESPONSES, Settings())
_NOON = datetime(2026, 11, 24, 5, tzinfo=timezone.utc)


class Talk:
    """One person's conversation with a snapshot."""

    def __init__(self, snapshot: Snapshot, day: date = DAY, state: State | None = None) -> None:
        self.decider = Decider(Ranker(often_unsure(snapshot)), is_ward_question)
        self.composer = Composer(snapshot.content, PHRASES)
        self.day, self.state = day, state or State()
        self.buttons: tuple[Choice, ...] = ()

    def say(
        self, text: str = "", payload: Mapping[str, Any] | None = None, kind: str = "text"
    ) -> tuple[Decision, Reply]:
        """Send one message; gives how it was decided and what was replied."""
        masked = mask(canonical(text)).text
        decision = self.decider.decide(Inbound(masked, known_payload(payload), kind), self.state, self.day)
        decision, reply = self._reply(decision, masked)
        # Through JSON forms, as the tracker keeps it.
        self.state, self.buttons = State.from_json(reply.state.to_json()), reply.buttons
        return Decision.from_json(decision.to_json()), reply

    def tap(self, title: str) -> tuple[Decision, Reply]:
        """Tap a button of the last reply."""
        (button,) = [button for button in self.buttons if button.title == title]
        return self.say(title, button.payload)

    def _reply(self, decision: Decision, text: str) -> tuple[Decision, Reply]:
        """Word the reply; three intents are answered by actions, which leave no buttons behind."""
        if decision.intent == "confirm":
            return decision, Reply("Đã xóa.")
        if decision.intent == "handoff":
            said = handoff_reply(decision.state.entry, _NOON)
        elif decision.intent == "find_ward":
            said = ward_reply(text, decision.state.awaiting == "ward")
            decision = replace(decision, outcome=said.outcome)
        else:
            return decision, self.composer.compose(decision, self.day)
        return decision, Reply(said.text, state=decision.state.without_offer(said.awaiting))
