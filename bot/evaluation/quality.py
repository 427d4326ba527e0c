"""Figures of one system on the whole examination."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sklearn.metrics import roc_auc_score

from bot.evaluation.calibration import expected_error, reliability
from bot.evaluation.outcomes import (
    IN_SCOPE,
    OUT_SCOPE,
    Interval,
    Verdict,
    aspect_is_right,
    best_is_right,
    confusions,
    outcome_of,
    share,
    share_of_groups,
    tally,
)
from bot.evaluation.sets import COMMANDS, HELD_OUT, OUT_OF_SCOPE, Case
from faq.entries.model import Content
from faq.text.noise import FORMS

ALL = "all"  # every form together


@dataclass(frozen=True)
class Answered:
    """A question with what a system did and how that is judged."""

    case: Case
    verdict: Verdict
    outcome: str


@dataclass(frozen=True)
class System:
    """A system with its verdicts on all cases.

    Attributes:
        key: Short name, e.g. ``default``.
        label: Name in tables and plots.
        answered: In the order of the examination.
        costs: Seconds, MB and milliseconds by measure; None where a measure has no meaning.
        calibrates: Whether its confidence claims to be a probability.
    """

    key: str
    label: str
    answered: tuple[Answered, ...]
    costs: dict[str, float | None]
    calibrates: bool = True


def judge(cases: Sequence[Case], verdicts: Sequence[Verdict], content: Content) -> tuple[Answered, ...]:
    """Name the outcome of every question."""
    pairs = zip(cases, verdicts, strict=True)
    return tuple(Answered(case, verdict, outcome_of(case, verdict, content)) for case, verdict in pairs)


def figures(system: System, seed: int) -> dict[str, Any]:
    """Work out all figures of a system, in JSON form; shares are {share, low, high} in [0, 1]."""
    inside, outside = _part(system, HELD_OUT), _part(system, OUT_OF_SCOPE)
    clean = _clean(inside)
    return {
        "label": system.label,
        "in_scope": _by_form(inside, lambda rows: in_scope_figures(rows, seed)),
        "out_of_scope": _by_form(outside, lambda rows: outcome_figures(rows, OUT_SCOPE, seed)),
        "commands": in_scope_figures(_part(system, COMMANDS), seed),
        "styles": {
            style: in_scope_figures([row for row in clean if row.case.style == style], seed)
            for style in sorted({row.case.style for row in clean})
        },
        "calibration": _calibrations(system) if system.calibrates else {},
        "auroc": auroc(clean, _clean(outside)),
        "confusions": confusions([row.case for row in clean], [row.verdict for row in clean]),
        "costs": system.costs,
    }


def _part(system: System, part: str) -> list[Answered]:
    return [row for row in system.answered if row.case.part == part]


def _clean(rows: list[Answered]) -> list[Answered]:
    return [row for row in rows if row.case.form == "clean"]


def _by_form(rows: list[Answered], count: Callable[[list[Answered]], dict[str, Any]]) -> dict[str, Any]:
    by_form = {form: count([row for row in rows if row.case.form == form]) for form in FORMS}
    return by_form | {ALL: count(rows)}


def in_scope_figures(rows: Sequence[Answered], seed: int) -> dict[str, Any]:
    """Count questions that have an answer: outcomes, best guess, precision of answers, aspects."""
    counted = outcome_figures(rows, IN_SCOPE, seed)
    aspects = [(row, aspect_is_right(row.case, row.verdict)) for row in rows]
    answers = [row for row in rows if row.verdict.decision == "answer"]
    return counted | {
        "top1": _share([(row, best_is_right(row.case, row.verdict)) for row in rows], seed),
        "answers_right": _share([(row, row.outcome == "right") for row in answers], seed),
        "aspect_right": _share([(row, hit) for row, hit in aspects if hit is not None], seed),
        "aspects": sum(hit is not None for _, hit in aspects),
    }


def outcome_figures(rows: Sequence[Answered], names: Sequence[str], seed: int) -> dict[str, Any]:
    """Count outcomes and give each one's share."""
    shares = {name: _share([(row, row.outcome == name) for row in rows], seed) for name in names}
    return {"count": len(rows), "counts": tally((row.outcome for row in rows), names), "shares": shares}


def _share(rows: Sequence[tuple[Answered, bool]], seed: int) -> dict[str, float]:
    """Give a share; the interval respects that the forms of one question are not independent."""
    has_forms = len({row.case.form for row, _ in rows}) > 1
    if has_forms:
        return _plain(share_of_groups([(row.case.number, hit) for row, hit in rows], seed))
    return _plain(share(sum(hit for _, hit in rows), len(rows)))


def _plain(interval: Interval) -> dict[str, float]:
    return {name: round(value, 5) for name, value in asdict(interval).items()}


def _calibrations(system: System) -> dict[str, Any]:
    inside = _part(system, HELD_OUT)
    clean, strangers = _clean(inside), _clean(_part(system, OUT_OF_SCOPE))
    groups = {"clean": clean, "all_forms": inside, "with_strangers": clean + strangers}
    return {name: calibration(rows) for name, rows in groups.items()}


def calibration(rows: Iterable[Answered]) -> dict[str, Any]:
    """Give the reliability table and the expected calibration error of some questions."""
    known = [row for row in rows if row.verdict.guesses]
    confidences = [row.verdict.guesses[0].confidence for row in known]
    table = reliability(confidences, [best_is_right(row.case, row.verdict) for row in known])
    return {"ece": expected_error(table), "bins": [asdict(row) for row in table]}


def auroc(inside: Sequence[Answered], outside: Sequence[Answered]) -> float | None:
    """Give the chance that a question in scope gets more confidence than one out of scope."""
    rows = [*inside, *outside]
    if not inside or not outside:
        return None
    confidences = [row.verdict.guesses[0].confidence if row.verdict.guesses else 0.0 for row in rows]
    return float(roc_auc_score([row.case.part != OUT_OF_SCOPE for row in rows], confidences))


def misses(system: System) -> list[dict[str, Any]]:
    """List every question that got something wrong or was turned away, for a reader."""
    rows = [(row, _fault(row)) for row in system.answered]
    return [_miss(system.key, row, fault) for row, fault in rows if fault]


def _fault(row: Answered) -> str:
    if row.outcome == "right":
        return "wrong_aspect" if aspect_is_right(row.case, row.verdict) is False else ""
    is_fault = row.outcome != "clarified_with" if row.case.accepted else row.outcome == "answered"
    return row.outcome if is_fault else ""


def _miss(key: str, row: Answered, fault: str) -> dict[str, Any]:
    case, best = row.case, row.verdict.guesses[0] if row.verdict.guesses else None
    return {
        "system": key,
        "set": case.part,
        "form": case.form,
        "style": case.style,
        "outcome": fault,
        "gold": case.gold,
        "gold_aspect": case.aspect,
        "predicted": best.name if best else "",
        "predicted_aspect": (best.aspect or "") if best else "",
        "probability": round(best.confidence, 3) if best else 0.0,
        "text": case.text,
    }
