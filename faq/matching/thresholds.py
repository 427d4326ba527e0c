"""Fitting the borders of the three bands by what mistakes cost a resident."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from faq.matching.index import COMMAND, Snapshot, Thresholds
from faq.matching.ranker import Ranker
from faq.matching.wordings import Labelled

#: Costs in units of one clarification. A wrong answer costs a day's trip: ten clarifications.
COST_WRONG = 10.0
COST_BUTTONS_WITH = 1.0  # the right entry is among the buttons
COST_BUTTONS_WITHOUT = 3.0
COST_DECLINED = 4.0  # a question that has an answer is turned away
COST_STRANGER_BUTTONS = 1.0  # buttons for a question out of scope
#: Borders that are tried.
_STEPS = [round(step * 0.02, 2) for step in range(1, 48)]
BUTTONS = 3


@dataclass(frozen=True)
class Trial:
    """One validation question with what the ranker said."""

    accepted: frozenset[str]
    names: tuple[str, ...]
    chances: tuple[float, ...]


def try_questions(snapshot: Snapshot, labelled: Sequence[Labelled], day: date) -> list[Trial]:
    """Rank every single-question row of an evaluation set."""
    ranker = Ranker(snapshot)
    trials = []
    for row in labelled:
        if row.after or len(row.entries) > 1:
            continue
        candidates = ranker.rank(row.text, day).candidates
        names = tuple(candidate.entry for candidate in candidates)
        chances = tuple(candidate.probability for candidate in candidates)
        trials.append(Trial(frozenset(row.entries), names, chances))
    return trials


def cost(trials: Iterable[Trial], thresholds: Thresholds) -> float:
    """Give the mean cost of a message under some thresholds."""
    costs = [_cost_of(trial, thresholds) for trial in trials]
    return sum(costs) / max(len(costs), 1)


def _cost_of(trial: Trial, thresholds: Thresholds) -> float:
    best = trial.chances[0]
    if best >= thresholds.answer:
        is_command = not trial.accepted and trial.names[0].startswith(COMMAND)
        return 0.0 if trial.names[0] in trial.accepted else COST_BUTTONS_WITHOUT if is_command else COST_WRONG
    if best >= thresholds.clarify:
        if not trial.accepted:
            return COST_STRANGER_BUTTONS
        return COST_BUTTONS_WITH if trial.accepted & set(trial.names[:BUTTONS]) else COST_BUTTONS_WITHOUT
    return COST_DECLINED if trial.accepted else 0.0


def fit_thresholds(snapshot: Snapshot, labelled: Sequence[Labelled], day: date) -> Snapshot:
    """Choose the cheapest pair of thresholds on the validation set; ties go to the more careful one."""
    trials = try_questions(snapshot, labelled, day)
    pairs = [Thresholds(answer, clarify) for answer, clarify in product(_STEPS, _STEPS) if clarify < answer]
    best = min(pairs, key=lambda pair: (round(cost(trials, pair), 4), -pair.answer, pair.clarify))
    return replace(snapshot, index=replace(snapshot.index, thresholds=best))
