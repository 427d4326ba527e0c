"""Outcomes are counted as a resident meets them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.evaluation.outcomes import (
    IN_SCOPE,
    Guess,
    Verdict,
    aspect_is_right,
    best_is_right,
    confusions,
    decide,
    outcome_of,
    share,
    share_of_groups,
    tally,
)
from bot.evaluation.sets import Case
from faq.entries.model import Content
from faq.matching.index import Thresholds

THRESHOLDS = Thresholds(answer=0.5, clarify=0.2)


def guesses(*names: str, confidence: float = 0.9) -> tuple[Guess, ...]:
    return tuple(Guess(name, confidence) for name in names)


@pytest.mark.parametrize(
    ("confidence", "decision"),
    [(0.5, "answer"), (0.49, "clarify"), (0.2, "clarify"), (0.19, "decline"), (1.0, "answer")],
)
def test_borders_belong_to_the_band_above(confidence: float, decision: str) -> None:
    assert decide(guesses("a", confidence=confidence), THRESHOLDS).decision == decision


def test_a_system_without_a_guess_declines() -> None:
    assert decide((), THRESHOLDS).decision == "decline"


@pytest.mark.parametrize(
    ("decision", "names", "outcome"),
    [
        ("answer", "ks", "right"),
        ("answer", "x", "wrong"),
        ("clarify", ("x", "y", "ks"), "clarified_with"),
        ("clarify", ("x", "y", "z", "ks"), "clarified_without"),
        ("decline", "ks", "declined"),
    ],
)
def test_question_with_an_answer(
    asked: Case, tiny_content: Content, decision: str, names: Sequence[str], outcome: str
) -> None:
    """Only the three buttons that are shown count; items that serve the same need are right."""
    names = (names,) if isinstance(names, str) else names

    assert outcome_of(asked, Verdict(decision, guesses(*names)), tiny_content) == outcome


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("answer", "answered"),
        ("signpost", "signposted"),
        ("safety", "safety"),
        ("emergency", "safety"),
        ("small_talk", "small_talk"),
    ],
)
def test_answers_to_a_stranger_are_told_apart(content: Content, kind: str, outcome: str) -> None:
    """Only a real answer to a question out of scope is a harm; a signpost sends the resident on."""
    stranger = Case("mai có mưa không", "", frozenset())
    name = next(item.id for item in content.items.values() if item.kind == kind)

    assert outcome_of(stranger, Verdict("answer", guesses(name)), content) == outcome


@pytest.mark.parametrize(
    ("decision", "name", "outcome"),
    [("answer", "command:menu", "command"), ("clarify", "x", "clarified"), ("decline", "x", "declined")],
)
def test_other_replies_to_a_stranger(tiny_content: Content, decision: str, name: str, outcome: str) -> None:
    stranger = Case("mai có mưa không", "", frozenset())

    assert outcome_of(stranger, Verdict(decision, guesses(name)), tiny_content) == outcome


@pytest.mark.parametrize(
    ("name", "aspect", "decision", "judged"),
    [
        ("khai-sinh", "fee", "answer", True),
        ("khai-sinh", "time", "answer", False),
        ("khai-sinh", "", "answer", False),
        ("khai-sinh", None, "answer", None),
        ("khai-sinh", "fee", "clarify", None),
        ("ks", "fee", "answer", None),
        ("x", "fee", "answer", None),
    ],
)
def test_aspect_is_judged_on_right_answers_only(
    asked: Case, name: str, aspect: str | None, decision: str, judged: bool | None
) -> None:
    """A system that knows no aspects is not blamed for it."""
    assert aspect_is_right(asked, Verdict(decision, (Guess(name, 0.9, aspect),))) is judged


def test_general_questions_have_no_wrong_aspect(asked: Case) -> None:
    assert aspect_is_right(replace(asked, aspect=""), Verdict("answer", (Guess("khai-sinh", 0.9, "fee"),))) is None


def test_best_guess_counts_even_when_it_was_declined(asked: Case) -> None:
    assert best_is_right(asked, Verdict("decline", guesses("khai-sinh")))
    assert not best_is_right(asked, Verdict("decline", ()))


def test_share_has_the_wilson_interval() -> None:
    """8 of 10: 49 % to 94 % (Wilson 1927)."""
    interval = share(8, 10)

    assert (interval.share, interval.low, interval.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)


def test_share_of_nothing_says_nothing() -> None:
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)


def test_forms_of_one_question_make_the_interval_wider_not_narrower() -> None:
    """Six forms that always agree carry no more evidence than one."""
    rows = [(number, number % 5 > 0) for number in range(100) for _ in range(6)]

    grouped, blind = share_of_groups(rows, seed=1), share(sum(hit for _, hit in rows), len(rows))

    assert grouped.share == pytest.approx(blind.share)
    assert grouped.high - grouped.low > 2 * (blind.high - blind.low)


def test_an_outcome_that_never_happened_has_the_interval_of_the_questions() -> None:
    rows = [(number, False) for number in range(100) for _ in range(6)]

    assert share_of_groups(rows, seed=1) == share(0, 100)


def test_uneven_groups_are_pooled_by_question_and_form() -> None:
    rows = [(1, True), (2, False), (2, False), (2, True)]

    assert share_of_groups(rows, seed=1).share == 0.5


def test_outcomes_that_did_not_happen_are_counted_as_zero() -> None:
    assert tally(["right", "right", "wrong"], IN_SCOPE) == {
        "right": 2,
        "wrong": 1,
        "clarified_with": 0,
        "clarified_without": 0,
        "declined": 0,
    }


def test_confusions_are_ordered_by_count(asked: Case) -> None:
    """A declined question confuses nobody."""
    verdicts = [
        Verdict("answer", guesses("y")),
        Verdict("answer", guesses("x")),
        Verdict("clarify", guesses("x", "ks")),
        Verdict("decline", guesses("y")),
        Verdict("answer", guesses("ks")),
    ]

    assert confusions([asked] * len(verdicts), verdicts) == [("khai-sinh", "x", 2), ("khai-sinh", "y", 1)]
