"""Short messages that mean something only after a certain reply: numbers, "tiếp", "không phải"."""

import re
from collections.abc import Mapping, Sequence

from faq.dialogue.model import State
from faq.matching.wordings import FIXED_COMMANDS
from faq.text.syllables import fold, words

#: Polite particles at the end of a command that change nothing.
_PARTICLES = frozenset("a da oi nha nhe di roi vay ban em bac chi anh co chu voi giup gium cam on ".split())
_OPENINGS = frozenset("da thua vang ".split())
_NUMBER_WORDS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "nhat": 1, "dau": 1, "cuoi": -1}
_BEFORE_NUMBER = "(?:(?:chon|so|muc|cau|cai|y|thu|nut|phuong an|lua chon) |o (?=[0-9]))"
#: The last few words are numbers only behind another: "ở đâu" is no "ô đầu", "cưới" no "cuối", "Nhật" no "nhất".
_NUMBER = re.compile(
    rf"^(?:{_BEFORE_NUMBER}*([0-9]|mot|hai|ba|bon|nam|dau tien|cuoi cung)|{_BEFORE_NUMBER}+(dau|cuoi|nhat|tu))"
    r"(?: (?:nha|nhe|di|a|do|ay))*$"
)


def fixed_key(text: str) -> str:
    """Fold a short command and drop polite particles at its ends: ``Dạ tiếp đi ạ`` -> ``tiep``."""
    tokens = [fold(word) for word in words(text)] or [text.strip()]
    while len(tokens) > 1 and tokens[-1] in _PARTICLES and not _only_thanks(tokens):
        tokens.pop()
    while len(tokens) > 1 and tokens[0] in _OPENINGS:
        tokens.pop(0)
    return " ".join(tokens)


def _only_thanks(tokens: Sequence[str]) -> bool:
    """Whether a message says no more than thanks: "dạ em cảm ơn" must not confirm a deletion as "dạ" does."""
    return tuple(tokens[-2:]) == ("cam", "on") and all(t in _PARTICLES or t in _OPENINGS for t in tokens)


def fixed_commands(wordings: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Index the wordings of the fixed commands: key -> intents."""
    table: dict[str, set[str]] = {}
    for intent in FIXED_COMMANDS:
        for text in wordings.get(intent, ()):
            table.setdefault(fixed_key(text), set()).add(intent)
    return {key: frozenset(intents) for key, intents in table.items()}


def typed_choice(text: str, count: int) -> int | None:
    """Read a typed number as one of ``count`` offered buttons.

    Returns:
        Its place from 0, or None when the text is something else or the number was not offered.
    """
    found = _NUMBER.match(" ".join(fold(word) for word in words(text)))
    if not found or not count:
        return None
    word = (found.group(1) or found.group(2)).split()[0]
    number = int(word) if word.isdigit() else _NUMBER_WORDS[word]
    place = count - 1 if number == -1 else number - 1
    return place if 0 <= place < count else None


def is_number(text: str) -> bool:
    """Tell whether a text is nothing but the number of a button, offered or not."""
    return bool(_NUMBER.match(" ".join(fold(word) for word in words(text))))


def fitting_command(intents: frozenset[str], state: State, has_steps: bool) -> str | None:
    """Pick the command that makes sense after the last reply, if any does."""
    in_steps = state.step >= 0
    allowed = {
        "confirm": state.awaiting == "delete",
        "deny": state.awaiting == "delete",
        "none_of_these": bool(state.choices),
        "next_step": in_steps or has_steps,
        "repeat_step": in_steps,
        "stuck": in_steps or has_steps,
        "feedback_bad": bool(state.entry),
        "feedback_good": bool(state.entry),
        "menu": True,
    }
    return next((intent for intent in FIXED_COMMANDS_ORDER if intent in intents and allowed[intent]), None)


#: The more special meaning first: "đúng" confirms a deletion before it praises an answer.
FIXED_COMMANDS_ORDER = (
    "confirm",
    "deny",
    "none_of_these",
    "next_step",
    "repeat_step",
    "stuck",
    "feedback_bad",
    "feedback_good",
    "menu",
)
