"""The questions of the examination, and the wordings that teach the systems; the two never meet."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

import yaml

from faq.entries.model import Content, Item, Procedure, make_content
from faq.matching.index import COMMAND
from faq.matching.prepare import item_questions
from faq.matching.wordings import FREE_COMMANDS, Labelled, load_labelled
from faq.text.canonical import canonical
from faq.text.noise import FORMS
from faq.text.syllables import fold, words

HELD_OUT, OUT_OF_SCOPE, COMMANDS, VALIDATION = "held_out", "out_of_scope", "commands", "validation"
#: Sets that are also asked in every noise form.
_NOISY = (HELD_OUT, OUT_OF_SCOPE)


@dataclass(frozen=True)
class Case:
    """One question of the examination.

    Attributes:
        text: As it is asked, noise included.
        gold: Id of the right class; "" when the question is out of scope.
        accepted: The right class and those that serve the same need.
        aspect: Aspect that a procedure's answer must have; "" when any will do.
        part: Set it comes from.
        form: Noise form; ``clean`` is as the writer typed it.
        style: How the writer typed: ``marked`` or ``unmarked``, or the style given in the set.
        number: Number of the question in its set, the same in all forms.
    """

    text: str
    gold: str
    accepted: frozenset[str]
    aspect: str = ""
    part: str = HELD_OUT
    form: str = "clean"
    style: str = "marked"
    number: int = 0


@dataclass(frozen=True)
class Exam:
    """All questions of a run.

    Attributes:
        cases: Examination questions in all forms.
        validation: Questions on which thresholds are fitted; never part of a result.
    """

    cases: tuple[Case, ...]
    validation: tuple[Labelled, ...]

    @property
    def digest(self) -> str:
        """Digest of all examination questions; two runs with the same digest can be compared."""
        rows = [asdict(case) | {"accepted": sorted(case.accepted)} for case in self.cases]
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()[:16]


def load_exam(content: Content, folder: Path, seed: int) -> Exam:
    """Read the examination for some content.

    Args:
        content: Items that the systems know; questions about others are left out.
        folder: ``nlu_data/evaluation``.
        seed: Seed of the noise.
    """
    known = frozenset(content.items)
    cases = held_out_cases(content, read_equivalents(folder / "equivalent.yml"))
    for name in (OUT_OF_SCOPE, COMMANDS):
        cases += labelled_cases(load_labelled(folder / f"{name}.yml"), name)
    return Exam(tuple(with_noise(cases, seed)), known_rows(load_labelled(folder / "validation.yml"), known))


def known_rows(rows: Iterable[Labelled], known: frozenset[str]) -> tuple[Labelled, ...]:
    """Keep the rows whose answers are known items or commands, and those out of scope."""
    return tuple(row for row in rows if all(entry in known or entry.startswith(COMMAND) for entry in row.entries))


def held_out_cases(content: Content, equivalents: Mapping[str, frozenset[str]]) -> list[Case]:
    """Collect the held-out questions of all items."""
    rows = [(item.id, aspect, text) for item in content.items.values() for aspect, text in _held_out(item)]
    return [
        Case(text, gold, equivalents.get(gold, frozenset()) | {gold}, aspect, style=_style(text), number=number)
        for number, (gold, aspect, text) in enumerate(rows)
    ]


def _held_out(item: Item) -> Iterator[tuple[str, str]]:
    if isinstance(item, Procedure):  # general questions: any aspect will do
        yield from (("", text) for text in item.held_out)
    for aspect, text in item.texts():
        yield from ((aspect, question) for question in text.held_out)


def labelled_cases(rows: Iterable[Labelled], part: str) -> list[Case]:
    """Turn the rows of an evaluation file into cases; follow-ups and double questions need a dialogue, not this."""
    single = [row for row in rows if not row.after and len(row.entries) < 2]
    return [
        Case(
            row.text,
            "".join(row.entries),
            frozenset(row.entries),
            row.aspect,
            part,
            style=_style(row.text) if row.style == "clean" else row.style,
            number=number,
        )
        for number, row in enumerate(single)
    ]


def _style(text: str) -> str:
    return "unmarked" if text.isascii() else "marked"


def read_equivalents(path: Path) -> dict[str, frozenset[str]]:
    """Read which items serve the same need: id -> the others' ids."""
    result: dict[str, frozenset[str]] = {}
    for group in yaml.safe_load(path.read_text("utf-8")):
        for name in group:
            result[name] = result.get(name, frozenset()) | (frozenset(group) - {name})
    return result


def with_noise(cases: Iterable[Case], seed: int) -> Iterator[Case]:
    """Yield the cases, and those of the noisy sets in every form.

    The noise of a question depends on the seed, the form and its text alone: another entry changes no other question.
    """
    for case in cases:
        for form, spoil in FORMS.items():
            if form == "clean" or case.part in _NOISY:
                random = Random(f"{seed}/{form}/{case.text}")
                yield replace(case, text=spoil(case.text, random), form=form)


def training_wordings(content: Content, wordings: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Give class -> wordings: what our training and every peer learns from."""
    result = {item.id: item_questions(item) for item in content.items.values()}
    result |= {COMMAND + name: list(wordings[name]) for name in FREE_COMMANDS}
    return {name: list(dict.fromkeys(texts)) for name, texts in result.items()}


def leaks(cases: Iterable[Case], wordings: Mapping[str, Sequence[str]]) -> list[str]:
    """Give the questions as written that also stand in the training, marks, case and punctuation aside."""
    taught = {_bare(text) for texts in wordings.values() for text in texts}
    return [case.text for case in cases if case.form == "clean" and _bare(case.text) in taught]


def _bare(text: str) -> tuple[str, ...]:
    return tuple(words(fold(canonical(text))))


def sample_content(content: Content, count: int, seed: int) -> Content:
    """Pick some items for a quick run; the same seed picks the same ones."""
    names = Random(seed).sample(sorted(content.items), min(count, len(content.items)))
    return make_content([content.items[name] for name in names])
