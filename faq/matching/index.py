"""The built index: what a replica needs to answer, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass

from faq.entries.model import Content
from faq.matching.members import Linear, Members
from faq.matching.verifier import Verifier
from faq.text.lexicon import Lexicon
from faq.text.spelling import Speller

#: Prefix of the classes that are commands of the dialogue and not items of the content.
COMMAND = "command:"


@dataclass(frozen=True)
class Thresholds:
    """Borders between the three bands, fitted on the validation set.

    Attributes:
        answer: At least this probability: answer at once.
        clarify: At least this probability: offer buttons; below: say it is not known.
    """

    answer: float = 0.5
    clarify: float = 0.15


@dataclass(frozen=True)
class Index:
    """All learnt parts.

    Attributes:
        classes: Item ids and ``command:<intent>`` names by class number.
        fingerprints: Class -> digest of its questions; tells what a publication changed.
        aspects: Classifier over :data:`ASPECT_CLASSES` for questions about a procedure.
    """

    classes: tuple[str, ...]
    fingerprints: Mapping[str, str]
    members: Members
    aspects: Linear
    verifier: Verifier
    thresholds: Thresholds
    lexicon: Lexicon
    speller: Speller


@dataclass(frozen=True)
class Snapshot:
    """One published state with its index: a versioned file.

    Attributes:
        revision: Number of the published state.
        model: Short digest of the full training behind it; stays the same over publications.
        wordings: Intent -> wordings that belong to no entry.
    """

    revision: int
    model: str
    content: Content
    wordings: Mapping[str, tuple[str, ...]]
    index: Index


#: Classes of the aspect classifier: "" is a question about the procedure in general.
ASPECT_CLASSES = ("", "how", "where", "papers", "fee", "time", "basis")
