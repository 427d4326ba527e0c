"""What a resident gets for one question, and how often."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap

from bot.evaluation.sets import Case
from faq.entries.model import Content
from faq.matching.index import COMMAND, Thresholds
from faq.matching.thresholds import BUTTONS

#: Outcomes of a question that has an answer.
IN_SCOPE = ("right", "wrong", "clarified_with", "clarified_without", "declined")
#: Outcomes of a question that must not be answered. Answers of some kinds do no harm and are counted apart.
OUT_SCOPE = ("answered", "signposted", "safety", "small_talk", "command", "clarified", "declined")
_APART = {"signpost": "signposted", "safety": "safety", "emergency": "safety", "small_talk": "small_talk"}
_RESAMPLES = 1000

Counts = NDArray[Any]


@dataclass(frozen=True)
class Guess:
    """A class a system thought of.

    Attributes:
        confidence: The system's own, in [0, 1].
        aspect: Aspect of a procedure, "" for its overview; None where a system knows no aspects.
    """

    name: str
    confidence: float
    aspect: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What a system did with a question.

    Attributes:
        decision: ``answer``, ``clarify`` or ``decline``.
        guesses: Best first, at least three where the system has them; also when it declined.
    """

    decision: str
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class Interval:
    """A share with its 95 % interval, all in [0, 1]."""

    share: float
    low: float
    high: float


def decide(guesses: Sequence[Guess], thresholds: Thresholds) -> Verdict:
    """Put the best guess into one of the three bands."""
    best = guesses[0].confidence if guesses else 0.0
    if best >= thresholds.answer:
        return Verdict("answer", tuple(guesses))
    return Verdict("clarify" if best >= thresholds.clarify else "decline", tuple(guesses))


def outcome_of(case: Case, verdict: Verdict, content: Content) -> str:
    """Name the outcome: one of :data:`IN_SCOPE`, or of :data:`OUT_SCOPE` for a question out of scope."""
    if verdict.decision == "decline":
        return "declined"
    names = [guess.name for guess in verdict.guesses]
    if not case.accepted:
        return "clarified" if verdict.decision == "clarify" else _answer_to_stranger(names[0], content)
    if verdict.decision == "answer":
        return "right" if names[0] in case.accepted else "wrong"
    return "clarified_with" if case.accepted & set(names[:BUTTONS]) else "clarified_without"


def _answer_to_stranger(name: str, content: Content) -> str:
    if name.startswith(COMMAND):
        return "command"
    return _APART.get(content.items[name].kind, "answered")


def best_is_right(case: Case, verdict: Verdict) -> bool:
    """Tell whether the best guess is right, whatever was done with it."""
    return bool(verdict.guesses) and verdict.guesses[0].name in case.accepted


def aspect_is_right(case: Case, verdict: Verdict) -> bool | None:
    """Judge the aspect of a right answer about a procedure; None when there is nothing to judge."""
    best = verdict.guesses[0] if verdict.guesses else None
    if not case.aspect or verdict.decision != "answer" or best is None or best.name != case.gold:
        return None
    if best.aspect is None:
        return None
    return best.aspect == case.aspect


def share(hits: int, total: int) -> Interval:
    """Give a share with its Wilson interval; for questions that are independent of each other."""
    if not total:
        return Interval(0.0, 0.0, 1.0)
    limits = binomtest(hits, total).proportion_ci(0.95, method="wilson")
    return Interval(hits / total, float(limits.low), float(limits.high))


def share_of_groups(rows: Iterable[tuple[int, bool]], seed: int) -> Interval:
    """Give a share with a bootstrap interval over groups: the forms of one question stand or fall together.

    Args:
        rows: (number of the question, whether it is a hit).
        seed: Seed of the resampling.
    """
    groups: dict[int, list[bool]] = {}
    for number, is_hit in rows:
        groups.setdefault(number, []).append(is_hit)
    hits = np.array([sum(group) for group in groups.values()])
    counts = np.array([len(group) for group in groups.values()])
    if len(counts) < 2 or np.ptp(hits / counts) == 0:  # nothing to resample: as if each question were asked once
        alike = share(round(len(counts) * hits.sum() / max(counts.sum(), 1)), len(counts))
        return Interval(hits.sum() / max(counts.sum(), 1), alike.low, alike.high)
    limits = bootstrap(
        (hits, counts),
        _pooled,
        paired=True,
        vectorized=True,
        n_resamples=_RESAMPLES,
        method="percentile",
        random_state=seed,
    ).confidence_interval
    return Interval(float(_pooled(hits, counts)), float(limits.low), float(limits.high))


def _pooled(hits: Counts, counts: Counts, axis: int = -1) -> Counts:
    result: Counts = hits.sum(axis=axis) / counts.sum(axis=axis)
    return result


def tally(outcomes: Iterable[str], names: Sequence[str]) -> Mapping[str, int]:
    """Count outcomes, with a zero for those that did not happen."""
    counts = Counter(outcomes)
    return {name: counts[name] for name in names}


def confusions(cases: Sequence[Case], verdicts: Sequence[Verdict], most: int = 40) -> list[tuple[str, str, int]]:
    """List (gold, best guess, how often) of wrong answers and wrong first buttons, most frequent first."""
    pairs = Counter(
        (case.gold, verdict.guesses[0].name)
        for case, verdict in zip(cases, verdicts, strict=True)
        if case.accepted and verdict.decision != "decline" and not best_is_right(case, verdict)
    )
    ordered = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(gold, predicted, count) for (gold, predicted), count in ordered[:most]]
