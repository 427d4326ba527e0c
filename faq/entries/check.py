"""What may not be published: the rules of DESIGN section 6, each with its remedy."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from faq.entries.model import ASPECTS, CONFIDENCES, KINDS, TOPICS, Content, Entry, Item, Procedure, Text
from faq.text.syllables import fold, words

LONGEST_ANSWER = 600  # characters
LONGEST_STEP = 200  # characters
LONGEST_SPOKEN = 60  # words; about 25 seconds on the phone
LONGEST_LABEL = 32  # characters that fit one button on a 360 px screen
FEWEST_VARIANTS = 8
FEWEST_TYPED = 3  # variants without marks or with chat spelling
FEWEST_HELD_OUT = 2
FEWEST_ASPECT_VARIANTS = 3
#: Shared part of the folded words of two variants above which they teach the matcher nothing new.
NEAR_IDENTICAL = 0.85
#: Words that say a claim is not certain; one of them must stand beside a low-confidence fact.
HEDGES = (
    "kiểm tra lại",
    "chưa có dữ liệu chắc chắn",
    "chưa rõ",
    "chưa chắc",
    "hỏi lại",
    "xem lại",
    "chưa xác nhận",
    "chưa kiểm chứng",
    "cần xác nhận",
    "chưa có nguồn",
    "chưa thấy văn bản",
    "hỏi trước",
    "trợ lý chưa",
    "có thể tính",
    "có thể không còn",
    "có thể hỏng",
    "có thể thay đổi",
)
_UNSOURCED_KINDS = {"small_talk"}
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Problem:
    """One broken rule.

    Attributes:
        item: Id of the entry or procedure.
        quote: The text it is about, used to find the line in the file; "" for the whole item.
        text: What is wrong and how to mend it.
    """

    item: str
    quote: str
    text: str


def check_content(content: Content, facts: Mapping[str, str], today: date) -> list[Problem]:
    """Check the whole answer base; an empty list means it may be published."""
    problems = [problem for item in content.items.values() for problem in check_item(item, facts, today)]
    return problems + list(_shared_questions(content)) + list(_dead_relations(content))


def check_item(item: Item, facts: Mapping[str, str], today: date) -> list[Problem]:
    """Check one item by itself."""
    report: list[Problem] = []

    def add(quote: str, text: str) -> None:
        report.append(Problem(item.id, quote, text))

    _check_head(item, today, add)
    for aspect, text in item.texts():
        _check_lengths(text, add)
        _check_evidence(item, aspect, text, facts, today, add)
    if isinstance(item, Procedure):
        _check_procedure(item, add)
    else:
        _check_questions(item.text.variants, item.text.held_out, FEWEST_VARIANTS, add)
    for value in _strings(item):
        if unicodedata.normalize("NFC", value) != value:
            add(value, "the text is not in NFC: retype it or run `troly faq export`, which writes NFC")
    return report


Add = Callable[[str, str], None]


def _check_head(item: Item, today: date, add: Add) -> None:
    if not _ID.fullmatch(item.id):
        add(item.id, f"the id {item.id!r} must be lower-case letters, digits and single hyphens")
    if item.topic not in TOPICS:
        add(item.topic, f"unknown topic {item.topic!r}: use one of {', '.join(TOPICS)}")
    if item.kind not in KINDS and not isinstance(item, Procedure):
        add(item.kind, f"unknown kind {item.kind!r}: use one of {', '.join(KINDS)}")
    for name, value in (("title", item.title), ("label", item.label)):
        if not value:
            add(name, f"the {name} is empty: write it, residents read it on a button or above the answer")
    if len(item.label) > LONGEST_LABEL:
        add(item.label, f"the label has {len(item.label)} characters: shorten it to {LONGEST_LABEL}, it is a button")
    if item.review_by < today:
        add("review_by", f"the review date {item.review_by} has passed: check the sources and set a new date")


def _check_lengths(text: Text, add: Add) -> None:
    if not text.answer:
        add("answer", "the answer is empty: write it")
    if len(text.answer) > LONGEST_ANSWER:
        add(text.answer, f"the answer has {len(text.answer)} characters: shorten it to {LONGEST_ANSWER}")
    for step in text.steps:
        if not step:
            add("steps", "a step is empty: write it or remove the line")
        if len(step) > LONGEST_STEP:
            add(step, f"the step has {len(step)} characters: split it, {LONGEST_STEP} is the limit")
    spoken = len(text.spoken.split())
    if not spoken or spoken > LONGEST_SPOKEN:
        add(text.spoken or "spoken", f"the spoken script has {spoken} words: 1 to {LONGEST_SPOKEN} are needed")


def _check_evidence(item: Item, aspect: str, text: Text, facts: Mapping[str, str], today: date, add: Add) -> None:
    where = f" of aspect {aspect}" if aspect else ""
    if not text.sources and item.kind not in _UNSOURCED_KINDS:
        add("sources" if not aspect else f"{aspect}:", f"no source{where}: name the document the answer rests on")
    for fact in text.facts:
        if fact not in facts:
            add(fact, f"unknown fact {fact}: use an id of faq/content/facts.yml")
    if text.confidence not in CONFIDENCES:
        add(text.confidence, f"unknown confidence {text.confidence!r}: use {', '.join(CONFIDENCES)}")
    weak = [fact for fact in text.facts if facts.get(fact) == "thấp"]
    if (weak or text.confidence == "thấp") and not _is_hedged(text):
        named = ", ".join(weak) or "confidence thấp"
        add(text.answer, f"a low-confidence claim ({named}) is stated plainly: leave it out or add 'kiểm tra lại …'")
    if text.valid_until and text.valid_until < today:
        add(str(text.valid_until), f"the text{where} ended on {text.valid_until}: write what holds now or withdraw it")
    if text.valid_from and text.valid_until and text.valid_until < text.valid_from:
        add(str(text.valid_until), f"the text{where} ends before it begins on {text.valid_from}: mend one of the dates")


def _is_hedged(text: Text) -> bool:
    whole = " ".join((text.answer, *text.steps)).lower()
    return any(hedge in whole for hedge in HEDGES)


def _check_procedure(item: Procedure, add: Add) -> None:
    for aspect in ASPECTS:
        if aspect not in item.aspects:
            add("aspects", f"the aspect {aspect} is missing: write it, or say where to check")
    for aspect in item.aspects.keys() - set(ASPECTS):
        add(f"{aspect}:", f"unknown aspect {aspect!r}: use {', '.join(ASPECTS)}")
    for aspect, text in item.texts():
        if len(text.variants) < FEWEST_ASPECT_VARIANTS:
            add(f"{aspect}:", f"aspect {aspect} has {len(text.variants)} variants: at least {FEWEST_ASPECT_VARIANTS}")
    if len(item.names) < 3:
        add("names", f"{len(item.names)} names: write at least 3 ways residents call it")
    questions = [*item.variants, *(variant for _, text in item.texts() for variant in text.variants)]
    held_out = [*item.held_out, *(question for _, text in item.texts() for question in text.held_out)]
    _check_questions(questions, held_out, FEWEST_VARIANTS, add)


def _check_questions(variants: Sequence[str], held_out: Sequence[str], fewest: int, add: Add) -> None:
    if len(variants) < fewest:
        add("variants", f"{len(variants)} variants: write at least {fewest} of different wording")
    typed = sum(1 for variant in variants if _is_typed(variant))
    if typed < FEWEST_TYPED:
        add("variants", f"{typed} variants as residents type (no tone marks): write at least {FEWEST_TYPED}")
    if len(held_out) < FEWEST_HELD_OUT:
        add("held_out", f"{len(held_out)} held-out questions: at least {FEWEST_HELD_OUT}, by another hand")
    for first, second in near_identical(variants):
        add(second, f"the variant {second!r} is nearly the same as {first!r}: word it differently or drop it")


def _is_typed(variant: str) -> bool:
    """Whether a variant looks typed in a hurry: at most a third of its words carry a mark."""
    tokens = words(variant)
    return 3 * sum(1 for token in tokens if fold(token) != token) <= len(tokens)


def near_identical(variants: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of variants whose folded word sets are nearly equal."""
    sets = [frozenset(fold(word) for word in words(variant)) for variant in variants]
    for index, second in enumerate(sets):
        for other in range(index):
            first = sets[other]
            if len(first & second) > NEAR_IDENTICAL * len(first | second):
                yield variants[other], variants[index]
                break


def _questions(item: Item) -> Iterator[tuple[str, bool]]:
    if isinstance(item, Procedure):
        yield from ((variant, False) for variant in item.variants)
        yield from ((question, True) for question in item.held_out)
    for _, text in item.texts():
        yield from ((variant, False) for variant in text.variants)
        yield from ((question, True) for question in text.held_out)


def _shared_questions(content: Content) -> Iterator[Problem]:
    seen: dict[str, tuple[Item, str, bool]] = {}
    for item in content.items.values():
        for question, is_held_out in _questions(item):
            key = " ".join(fold(word) for word in words(question))
            other, wording, other_held_out = seen.setdefault(key, (item, question, is_held_out))
            if is_held_out and not other_held_out:
                yield _memorised(item, question, other)
            elif other_held_out and not is_held_out:
                yield _memorised(other, wording, item)
            elif other.id != item.id and not _is_line(item, other):
                yield Problem(item.id, question, f"{question!r} stands in {other.id} too: keep it in one of them")


def _memorised(item: Item, question: str, other: Item) -> Problem:
    text = f"the held-out question {question!r} is also a variant of {other.id}: "
    return Problem(item.id, question, text + "replace it, else the examination measures memory")


def _is_line(first: Item, second: Item) -> bool:
    """Whether one item replaces the other, so that they may share variants."""
    return first.id in _replaced(second) or second.id in _replaced(first)


def _replaced(item: Item) -> tuple[str, ...]:
    """The entry an item replaces, if any."""
    return (item.replaces,) if isinstance(item, Entry) and item.replaces else ()


def _dead_relations(content: Content) -> Iterator[Problem]:
    for item in content.items.values():
        for other in (*item.related, *_replaced(item)):
            if other not in content.items:
                yield Problem(item.id, other, f"related id {other!r} does not exist: mend or remove it")


def _strings(item: Item) -> Iterator[str]:
    yield from (item.title, item.label, *(item.names if isinstance(item, Procedure) else ()))
    yield from (question for question, _ in _questions(item))
    for _, text in item.texts():
        yield from (text.answer, text.spoken, *text.steps, *(link.label for link in text.links))
        yield from (f"{source.document} {source.article}" for source in text.sources)
