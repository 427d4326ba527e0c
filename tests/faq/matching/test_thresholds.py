"""The borders of the three bands are the cheapest ones for the resident."""

from itertools import product

import pytest

from faq.matching.index import Snapshot, Thresholds
from faq.matching.ranker import Ranker
from faq.matching.thresholds import COST_WRONG, Trial, cost, fit_thresholds, try_questions
from faq.matching.wordings import Labelled, load_labelled
from tests.faq.small import DAY, ROOT

AT = Thresholds(answer=0.5, clarify=0.2)
NAMES = ("a", "b", "c", "d")


def trial(chance: float, *accepted: str, names: tuple[str, ...] = NAMES) -> Trial:
    return Trial(frozenset(accepted), names, (chance, *(chance / 4 for _ in names[1:])))


COSTS = {
    "a right answer": (trial(0.9, "a"), 0),
    "one of several right answers": (trial(0.9, "x", "a"), 0),
    "a wrong answer": (trial(0.9, "b"), 10),
    "an answer to a question out of scope": (trial(0.9), 10),
    "a command for a question out of scope": (trial(0.9, names=("command:menu", "a")), 3),
    "buttons with the right entry": (trial(0.3, "c"), 1),
    "buttons without it": (trial(0.3, "d"), 3),
    "buttons for a question out of scope": (trial(0.3), 1),
    "a question turned away": (trial(0.1, "a"), 4),
    "a question out of scope turned away": (trial(0.1), 0),
    "just enough to answer": (trial(0.5, "a"), 0),
    "just enough for buttons": (trial(0.2, "a"), 1),
}


@pytest.mark.parametrize(("one", "price"), COSTS.values(), ids=COSTS)
def test_what_a_message_costs(one: Trial, price: float) -> None:
    assert cost([one], AT) == price


def test_a_wrong_answer_costs_ten_clarifications() -> None:
    assert 10 * cost([trial(0.3, "a")], AT) == COST_WRONG


def test_the_cost_of_many_is_their_mean() -> None:
    assert cost([trial(0.9, "b"), trial(0.9, "a"), trial(0.3, "a"), trial(0.1, "a")], AT) == 15 / 4
    assert cost([], AT) == 0


@pytest.fixture(scope="module")
def labelled(small: Snapshot) -> list[Labelled]:
    """Give validation questions for the small snapshot, and some whose entries it lacks."""
    rows = load_labelled(ROOT / "nlu_data" / "evaluation" / "validation.yml")
    ours = [row for row in rows if set(row.entries) & set(small.index.classes)]
    foreign = [Labelled(row.text, ()) for row in rows if not set(row.entries) & set(small.index.classes)]
    return ours[:90] + foreign[::25]


def test_follow_ups_and_double_questions_are_no_trials(small: Snapshot) -> None:
    rows = [Labelled("khai sinh", ("khai-sinh",), after="xin chào"), Labelled("x", ("a", "b")), Labelled("vneid", ())]

    assert [found.accepted for found in try_questions(small, rows, DAY)] == [frozenset()]


def test_the_chosen_pair_is_the_cheapest(small: Snapshot, labelled: list[Labelled]) -> None:
    """Every pair of a fine grid is tried by a second, plain reading of the costs."""
    chosen = fit_thresholds(small, labelled, DAY).index.thresholds
    rows = [row for row in labelled if not row.after and len(row.entries) <= 1]
    ranked = [(row, Ranker(small).rank(row.text, DAY).candidates) for row in rows]

    def price(answer: float, clarify: float) -> float:
        whole = 0.0
        for row, candidates in ranked:
            names = [candidate.entry for candidate in candidates]
            if candidates[0].probability >= answer:
                foreign = 3 if names[0].startswith("command:") and not row.entries else 10
                whole += 0 if names[0] in row.entries else foreign
            elif candidates[0].probability >= clarify:
                is_there = any(name in row.entries for name in names[:3])
                whole += 1 if is_there or not row.entries else 3
            else:
                whole += 4 if row.entries else 0
        return whole / len(ranked)

    grid = [step / 50 for step in range(1, 48)]
    cheapest = min(price(answer, clarify) for answer, clarify in product(grid, grid) if clarify < answer)
    assert price(chosen.answer, chosen.clarify) == pytest.approx(cheapest, abs=1e-4)
    assert chosen.clarify < chosen.answer


def test_fitting_changes_nothing_but_the_thresholds(small: Snapshot, labelled: list[Labelled]) -> None:
    fitted = fit_thresholds(small, labelled[:30], DAY)

    assert fitted.index.members is small.index.members
    assert fitted.index.verifier is small.index.verifier
    assert (fitted.revision, fitted.model) == (small.revision, small.model)


def test_of_equally_cheap_pairs_the_more_careful_one_is_chosen(small: Snapshot) -> None:
    """A question that is answered at every border leaves the highest border to answer."""
    sure = [Labelled("toi quen mat khau vneid roi lam sao", ("vneid-quen-mat-khau",))]

    assert fit_thresholds(small, sure, DAY).index.thresholds == Thresholds(answer=0.94, clarify=0.02)
