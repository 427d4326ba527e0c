"""Training inputs as tokens: questions and answers by class, negatives."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from faq.entries.model import Content, Entry, Item
from faq.matching.index import COMMAND
from faq.matching.members import Question
from faq.matching.wordings import FREE_COMMANDS, OUT_OF_SCOPE
from faq.text.lexicon import Lexicon
from faq.text.normalise import Normalised, normalise


@dataclass(frozen=True)
class Inputs:
    """Everything a training reads."""

    content: Content
    wordings: Mapping[str, tuple[str, ...]]
    lexicon: Lexicon


@dataclass(frozen=True)
class Prepared:
    """Inputs as tokens: questions by class, answers by class, negatives."""

    classes: tuple[str, ...]
    fingerprints: Mapping[str, str]
    questions: tuple[Question, ...]
    raw: tuple[str, ...]
    answers: tuple[Normalised, ...]
    negatives: tuple[Normalised, ...]


def item_questions(item: Item) -> list[str]:
    """All wordings that teach the matcher an item."""
    if isinstance(item, Entry):
        return [item.title, item.label, *item.text.variants]
    aspects = [variant for _, text in item.texts() for variant in text.variants]
    return [item.title, item.label, *item.names, *item.variants, *aspects]


def prepare(inputs: Inputs) -> Prepared:
    """Normalise all wordings."""
    return prepare_classes(inputs, known={})


def prepare_classes(inputs: Inputs, known: Mapping[str, str]) -> Prepared:
    """Normalise the wordings of the classes whose fingerprint is not in ``known``."""
    wordings = {item.id: item_questions(item) for item in inputs.content.items.values()}
    wordings |= {COMMAND + name: list(inputs.wordings[name]) for name in FREE_COMMANDS}
    classes = tuple(sorted(wordings))
    fingerprints = {name: digest(wordings[name]) for name in classes}
    fresh = [(number, name) for number, name in enumerate(classes) if fingerprints[name] != known.get(name)]
    raw = [(text, number) for number, name in fresh for text in dict.fromkeys(wordings[name])]
    questions = tuple(Question(normalise(text, inputs.lexicon), owner) for text, owner in raw)
    answers = [Normalised((), ())] * len(classes)
    for number, name in fresh:
        answers[number] = normalise(_answer_text(inputs.content.items.get(name)), inputs.lexicon)
    texts = () if known else inputs.wordings[OUT_OF_SCOPE]
    negatives = tuple(normalise(text, inputs.lexicon) for text in texts)
    given = tuple(text for text, _ in raw)
    return Prepared(classes, fingerprints, questions, given, tuple(answers), negatives)


def _answer_text(item: Item | None) -> str:
    if item is None:
        return ""
    return " ".join(" ".join((text.answer, *text.steps)) for _, text in item.texts())


def digest(texts: Sequence[str]) -> str:
    """Give a short digest of some texts in order."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
