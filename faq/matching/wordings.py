"""Wordings that belong to no entry, read from the Rasa training data files of nlu_data/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from faq.errors import ContentError

#: Commands a resident may word freely; they compete with the entries.
FREE_COMMANDS = ("handoff", "find_ward", "delete_data", "privacy", "menu")
#: Commands that mean something only after a certain reply; they must be typed nearly as listed.
FIXED_COMMANDS = (
    "next_step",
    "repeat_step",
    "stuck",
    "none_of_these",
    "feedback_good",
    "feedback_bad",
    "confirm",
    "deny",
    "menu",
)
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True)
class Labelled:
    """One question of an evaluation set.

    Attributes:
        text: As the person typed it.
        entries: Acceptable answers' ids; empty when the question is out of scope.
        aspect: The aspect asked of a procedure; "" when it does not matter.
        after: The question before it, for follow-ups.
    """

    text: str
    entries: tuple[str, ...]
    aspect: str = ""
    style: str = "clean"
    after: str = ""


def load_wordings(folder: Path) -> dict[str, tuple[str, ...]]:
    """Read intent -> examples from ``nlu.yml`` and ``negatives.yml``."""
    wordings: dict[str, tuple[str, ...]] = {}
    for name in ("nlu.yml", "negatives.yml"):
        for block in yaml.safe_load((folder / name).read_text("utf-8"))["nlu"]:
            wordings[block["intent"]] = tuple(_examples(block["examples"], folder / name))
    return wordings


def _examples(text: str, path: Path) -> Sequence[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines:
        if not line.startswith("- "):
            raise ContentError(f"{path}: the example {line!r} must begin with '- '")
    return [line[2:].strip() for line in lines]


def load_labelled(path: Path) -> list[Labelled]:
    """Read an evaluation set of nlu_data/evaluation."""
    return [_labelled(row) for row in yaml.safe_load(path.read_text("utf-8"))]


def _labelled(row: Mapping[str, object]) -> Labelled:
    entry = row.get("entry")
    entries = tuple(entry) if isinstance(entry, list) else (str(entry),) if entry else ()
    return Labelled(
        str(row["text"]),
        entries,
        str(row.get("aspect") or ""),
        str(row.get("style") or "clean"),
        str(row.get("after") or ""),
    )
