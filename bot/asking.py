"""`troly ask` and `troly chat`: the serving path's decision without a server."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TextIO

from bot.brain import Brain, brain_of, open_live
from faq.clock import now, today
from faq.dialogue.compose import full_answer
from faq.dialogue.model import Decision, Inbound, Reply, State
from faq.errors import FaqError
from faq.locality.replies import CommandReply, handoff_reply, ward_reply
from faq.matching.index import COMMAND
from faq.privacy.masking import mask
from faq.settings import Settings
from faq.text.canonical import canonical, cap


class Assistant:
    """Answers single messages, with the masking, limits and decisions of the serving path."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._brain: Brain = brain_of(open_live(settings).ranker)

    def answer(self, text: str, state: State | None = None) -> tuple[Decision, Reply]:
        """Answer one message after a state."""
        text = canonical(text)
        kind = "too_long" if len(text) > self._settings.longest_text else "text"
        masked = mask(cap(text, self._settings.longest_text)).text
        decision = self._brain.decider.decide(Inbound(masked, None, kind), state or State(), today())
        said = _said_by_action(decision, masked)
        if said is not None:
            decided = replace(decision, outcome=said.outcome, reason=decision.reason or said.reason)
            return decided, Reply(said.text, state=decision.state.without_offer(said.awaiting))
        return decision, self._brain.composer.compose(decision, today())

    def to_json(self, name: Any, text: str) -> dict[str, Any]:
        """Answer one message in the machine-readable form of `ask --json`."""
        decision, reply = self.answer(text)
        target = decision.targets[0] if decision.targets else None
        best = decision.candidates[0].probability if decision.candidates else (1.0 if target else 0.0)
        return {
            "id": name,
            "text": reply.text,
            "outcome": decision.outcome,
            "reason": decision.reason,
            "entry": target.entry if target else "",
            "aspect": target.aspect if target else "",
            "kind": self._kind(target.entry) if target else "",
            "probability": round(best, 4),
            "buttons": [button.title for button in reply.buttons],
            "links": [{"label": label, "url": url} for label, url in reply.links],
            "candidates": [
                self._candidate(candidate.entry, candidate.aspect, candidate.probability)
                for candidate in decision.candidates[:3]
            ],
        }

    def _kind(self, entry: str) -> str:
        item = self._brain.decider.content.items.get(entry)
        return item.kind if item else "command"

    def _candidate(self, entry: str, aspect: str, probability: float) -> dict[str, Any]:
        item = self._brain.decider.content.items.get(entry)
        title = item.title if item else entry.removeprefix(COMMAND)
        answer = full_answer(item, aspect) if item else ""
        return {
            "entry": entry,
            "aspect": aspect,
            "title": title,
            "probability": round(probability, 4),
            "answer": answer,
        }


def _said_by_action(decision: Decision, text: str) -> CommandReply | None:
    """Give what the action server says in the chat; None where no action answers."""
    if decision.intent == "handoff":
        return handoff_reply(decision.state.entry, now())
    if decision.intent == "find_ward":
        return ward_reply(text, decision.state.awaiting == "ward")
    if decision.intent == "confirm":  # nothing was stored here
        return CommandReply("Ở đây trợ lý không lưu tin nhắn nào của bác.", "personal_data", "deleted")
    return None


def show(reply: Reply, out: TextIO) -> None:
    """Print a reply for a person, buttons numbered as they may be typed."""
    print(reply.text, file=out)
    for label, url in reply.links:
        print(f"  {label}: {url}", file=out)
    for number, button in enumerate(reply.buttons, 1):
        print(f"  [{number}] {button.title}", file=out)


def chat(assistant: Assistant, lines: Iterable[str], out: TextIO) -> None:
    """Hold a conversation line by line until the input ends."""
    state = State()
    for line in lines:
        decision, reply = assistant.answer(line, state)
        state = reply.state
        show(reply, out)
        print(f"  ({decision.outcome}{': ' + decision.reason if decision.reason else ''})\n", file=out, flush=True)


def read_batch(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Read JSON lines with ``id`` and ``text``.

    Raises:
        FaqError: A line is not of that form; the text names its number.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield {"id": row["id"], "text": str(row["text"])}
        except (ValueError, KeyError, TypeError) as error:
            raise FaqError(f'line {number}: expected {{"id": …, "text": …}}, one JSON object a line') from error


def write_json(row: Mapping[str, Any], out: TextIO = sys.stdout) -> None:
    """Print one JSON object on one line."""
    print(json.dumps(row, ensure_ascii=False), file=out, flush=True)
