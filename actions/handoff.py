"""Whom to call: the hotline that fits, whether it is open now, and what to have at hand."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from rasa_sdk.interfaces import Action, Tracker

from faq.clock import now
from faq.locality.locality import Hotline, Locality, is_open, our_locality

_LONGEST = 600  # characters of one answer (DESIGN section 6)


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
        entry = (decision.get("state") or {}).get("entry", "")
        text = handoff_text(our_locality(), entry, self._clock())
        reason = decision.get("reason") or "asked"
        dispatcher.utter_message(text=text, json_message={"outcome": "handoff", "reason": reason})
        return []


def handoff_text(locality: Locality, entry: str, now: datetime) -> str:
    """Word the hotlines: the one whose id begins the id of the entry answered last ("" for none), else the first."""
    first = next((line for line in locality.hotlines if entry.startswith(f"{line.id}-")), locality.hotlines[0])
    dialled = next((line for line in locality.hotlines if line.open), None)
    lines = [first] if first.number or dialled is None else [first, dialled]
    parts = ["Trợ lý đã ghi lại ý muốn gặp người hỗ trợ của bác."]
    parts += [_hotline(line, now, is_short=len(lines) > 1) for line in lines]
    return _with_preparation("\n".join(parts), locality.prepare)


def _hotline(line: Hotline, now: datetime, is_short: bool) -> str:
    purpose, _, rest = line.purpose.partition(". ")
    whom = line.number or line.name[:1].lower() + line.name[1:]
    if line.number and not is_short:
        whom += f" ({line.name})"
    details = [line.hours, _state(line, now), f"Cước: {line.cost[:1].lower()}{line.cost[1:]}"]
    if rest and not is_short:
        details.insert(0, rest)
    return f"- {purpose.rstrip('.')}: gọi {whom}. {' '.join(filter(None, details))}"


def _state(line: Hotline, now: datetime) -> str:
    if line.open is None:
        return ""
    return "Bây giờ đang trong giờ đó, trừ ngày lễ." if is_open(line.open, now) else "Bây giờ ngoài giờ đó."


def _with_preparation(text: str, prepare: Sequence[str]) -> str:
    """Add what to prepare, as much of it as one answer holds."""
    kept = list(prepare)
    while kept and len(text) + len(_preparation(kept)) > _LONGEST:
        kept.pop()
    return text + _preparation(kept)


def _preparation(items: Sequence[str]) -> str:
    return f"\nBác chuẩn bị: {'; '.join(item[:1].lower() + item[1:] for item in items)}." if items else ""
