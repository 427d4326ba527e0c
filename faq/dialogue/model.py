"""What goes into and comes out of one turn of the dialogue."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any

from faq.matching.ranker import Candidate

#: Longest button row of a clarification (DESIGN section 5).
MOST_BUTTONS = 3


@dataclass(frozen=True)
class Choice:
    """A button: what it says and what a tap means.

    Attributes:
        payload: One of ``{"entry", "aspect"}``, ``{"step"}``, ``{"command"}``, ``{"none": true}``, ``{"feedback"}``.
    """

    title: str
    payload: Mapping[str, Any]


#: Keys of a button's payload and the kind of their values; nothing else of a payload is believed or stored.
_PAYLOAD_KEYS: Mapping[str, type] = MappingProxyType(
    {"entry": str, "aspect": str, "command": str, "feedback": str, "step": int, "reply": int}
    | {"none": bool, "start": bool}
)
_PAYLOAD_WORD = re.compile(r"[a-z0-9_-]{0,80}", re.ASCII)
_MOST_DIGITS = 8  # of a word ("tong-dai-18001096"): nine may be the number of somebody's telephone or papers
_PAYLOAD_NUMBERS = range(10**8)  # steps, and numbers of replies; a telephone number is larger


def known_payload(payload: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Keep of a payload what a button of ours can carry; a forged one loses the rest, personal data included."""
    if payload is None:
        return None
    return {key: value for key, value in payload.items() if _is_known(key, value)}


def _is_known(key: str, value: Any) -> bool:
    kind = _PAYLOAD_KEYS.get(key)
    if type(value) is not kind:
        return False
    if isinstance(value, str):
        return bool(_PAYLOAD_WORD.fullmatch(value)) and sum(map(str.isdigit, value)) <= _MOST_DIGITS
    return value in _PAYLOAD_NUMBERS


@dataclass(frozen=True)
class State:
    """What the assistant remembers from its last reply.

    Attributes:
        entry: Item answered last.
        aspect: Aspect of it, for procedures.
        step: Number of the step shown last, from 0; -1 when none was shown.
        procedure: Procedure spoken of last; survives answers about other things.
        choices: Buttons offered last, in order: a typed number means one of them.
        awaiting: What the last reply asked for: ``ward``, ``delete``, ``feedback``, ``procedure`` or "".
    """

    entry: str = ""
    aspect: str = ""
    step: int = -1
    procedure: str = ""
    choices: tuple[Choice, ...] = ()
    awaiting: str = ""

    def without_offer(self, awaiting: str = "") -> "State":
        """Give what is still true after a reply that offered nothing: no button and no question stands any more."""
        return replace(self, choices=(), awaiting=awaiting)

    def to_json(self) -> dict[str, Any]:
        """Give the JSON form that rides in the reply."""
        return asdict(self)

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> "State":
        """Read the JSON form; unknown keys of another version are ignored."""
        choices = tuple(Choice(str(row["title"]), dict(row["payload"])) for row in raw.get("choices") or ())
        plain = {key: raw[key] for key in ("entry", "aspect", "step", "procedure", "awaiting") if key in raw}
        return State(**plain, choices=choices)


@dataclass(frozen=True)
class Inbound:
    """One message of a person.

    Attributes:
        text: Canonical, masked, capped; may be empty.
        payload: What a tapped button carried; None for typed text.
        kind: ``text``, ``sticker``, ``image``, ``voice``, ``file``, ``location``, ``too_long``, ``late``.
    """

    text: str
    payload: Mapping[str, Any] | None = None
    kind: str = "text"


@dataclass(frozen=True)
class Target:
    """An item to answer with, and the aspect of it."""

    entry: str
    aspect: str = ""


@dataclass(frozen=True)
class Decision:
    """How a message is answered.

    Attributes:
        intent: Rasa intent; one rule each.
        outcome: Outcome of the message (DESIGN section 4).
        reason: Why, as a short stable word for the desk; "" when plain.
        targets: Items to answer with, at most three.
        candidates: What the ranker thought, best first, at most three.
        step: Step to show, from 0.
        state: What was known before this message.
    """

    intent: str
    outcome: str
    reason: str = ""
    targets: tuple[Target, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    step: int = -1
    state: State = field(default_factory=State)

    def to_json(self) -> dict[str, Any]:
        """Give the JSON form that travels with the Rasa message."""
        return asdict(self)

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> "Decision":
        """Read :meth:`to_json`."""
        return Decision(
            intent=raw["intent"],
            outcome=raw["outcome"],
            reason=raw["reason"],
            step=raw["step"],
            targets=tuple(Target(**row) for row in raw["targets"]),
            candidates=tuple(Candidate(**row) for row in raw["candidates"]),
            state=State.from_json(raw["state"]),
        )


@dataclass(frozen=True)
class Reply:
    """What the resident gets, independent of the channel.

    Attributes:
        links: (label, address) pairs of official pages.
        feedback: Whether thumbs belong under it.
        state: What the next message finds.
    """

    text: str
    buttons: tuple[Choice, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    feedback: bool = False
    state: State = field(default_factory=State)
