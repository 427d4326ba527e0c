"""Writes a run down: config.json, results.json, table.md, misses.csv."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.evaluation.outcomes import IN_SCOPE, OUT_SCOPE
from bot.evaluation.quality import ALL
from bot.evaluation.speed import MEASURES
from faq.text.noise import FORMS

Figures = Mapping[str, Any]
#: One row: its name and, from a system's figures, a value and how it is written.
Row = tuple[str, Callable[[Figures], float | None], Callable[[Figures], str]]
_NONE = "–"
_MISS_COLUMNS = (
    "system",
    "set",
    "form",
    "style",
    "outcome",
    "gold",
    "gold_aspect",
    "predicted",
    "predicted_aspect",
    "probability",
    "text",
)
_OUTCOME_NAMES = {
    "right": "right",
    "wrong": "wrong",
    "clarified_with": "buttons with the right one",
    "clarified_without": "buttons without it",
    "declined": "declined",
    "answered": "answered",
    "signposted": 'signposted ("not here; go there")',
    "safety": "safety advice",
    "small_talk": "small talk",
    "command": "command",
    "clarified": "buttons",
}


def write_run(folder: Path, config: Figures, results: Figures, missed: Sequence[Figures]) -> None:
    """Write all text files of a run."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in (("config.json", config), ("results.json", results)):
        (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")
    (folder / "table.md").write_text(render(results["systems"], results.get("pipeline")), "utf-8")
    with (folder / "misses.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _MISS_COLUMNS)
        writer.writeheader()
        writer.writerows(missed)


def render(systems: Mapping[str, Figures], pipeline: Figures | None = None) -> str:
    """Render all tables.

    Args:
        systems: Figures by system; the first is ours, the others are what it is compared with.
        pipeline: Times of the whole Rasa pipeline of the assistant, where there is a model.
    """
    parts = [
        "Shares in %, with 95 % intervals. A ratio is ours divided by the peer's.",
        _section("Best guess right, questions in scope", systems, [_top1_row(form) for form in (*FORMS, ALL)]),
        *(
            _section(f"What the resident gets, in scope, {_form_name(form)}", systems, _in_scope_rows(form))
            for form in ("clean", ALL)
        ),
        *(
            _section(f"What the resident gets, out of scope, {_form_name(form)}", systems, _out_rows(form))
            for form in ("clean", ALL)
        ),
        _section("Commands of the dialogue", systems, _command_rows()),
        _section("Confidence", systems, _confidence_rows()),
        _section("Cost", systems, [_cost_row(name, label) for name, label in MEASURES.items()]),
    ]
    if pipeline:
        parts.append(_pipeline_line(pipeline))
    return "\n\n".join(parts) + "\n"


def _form_name(form: str) -> str:
    return "all forms" if form == ALL else "as written"


def _section(title: str, systems: Mapping[str, Figures], rows: Sequence[Row]) -> str:
    peers = list(systems.values())[1:]
    head = [title, *(figures["label"] for figures in systems.values()), *(f"÷ {peer['label']}" for peer in peers)]
    lines = [head, ["---"] * len(head), *(_cells(row, list(systems.values())) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Row, systems: Sequence[Figures]) -> list[str]:
    name, value, written = row
    ours = value(systems[0])
    return [name, *(written(figures) for figures in systems), *(ratio(ours, value(peer)) for peer in systems[1:])]


def ratio(ours: float | None, theirs: float | None) -> str:
    """Write ours divided by the peer's; "–" where one is missing or the peer's is 0."""
    if ours is None or not theirs:
        return _NONE
    quotient = ours / theirs
    return f"{quotient:.2f}" if quotient >= 0.095 else f"{quotient:.2g}"


def percent(interval: Mapping[str, float]) -> str:
    """Write a share with its interval: ``84.1 (82.4–85.6)``."""
    share, low, high = (100 * interval[name] for name in ("share", "low", "high"))
    return f"{share:.1f} ({low:.1f}–{high:.1f})"


def _share_row(name: str, find: Callable[[Figures], Mapping[str, float]]) -> Row:
    return name, lambda figures: find(figures)["share"], lambda figures: percent(find(figures))


def _top1_row(form: str) -> Row:
    return _share_row(form, lambda figures: figures["in_scope"][form]["top1"])


def _in_scope_rows(form: str) -> list[Row]:
    rows = [_outcome_row("in_scope", form, name) for name in IN_SCOPE]
    rows.append(_share_row("answers that are right", lambda figures: figures["in_scope"][form]["answers_right"]))
    return [*rows, _aspect_row(form)]


def _outcome_row(part: str, form: str, name: str) -> Row:
    return _share_row(_OUTCOME_NAMES[name], lambda figures: figures[part][form]["shares"][name])


def _aspect_row(form: str) -> Row:
    def value(figures: Figures) -> float | None:
        counted = figures["in_scope"][form]
        return counted["aspect_right"]["share"] if counted["aspects"] else None

    def written(figures: Figures) -> str:
        counted = figures["in_scope"][form]
        return f"{percent(counted['aspect_right'])} of {counted['aspects']}" if counted["aspects"] else _NONE

    return "right aspect of a right procedure", value, written


def _out_rows(form: str) -> list[Row]:
    return [_outcome_row("out_of_scope", form, name) for name in OUT_SCOPE]


def _command_rows() -> list[Row]:
    def find(name: str) -> Callable[[Figures], Mapping[str, float]]:
        return lambda figures: figures["commands"]["shares"][name]

    return [_share_row(_OUTCOME_NAMES[name], find(name)) for name in IN_SCOPE]


def _confidence_rows() -> list[Row]:
    def error(kind: str) -> Callable[[Figures], float | None]:
        return lambda figures: figures["calibration"][kind]["ece"] if figures["calibration"] else None

    rows = [
        _number_row(f"expected calibration error, {name}", error(kind), 3)
        for kind, name in (
            ("clean", "as written"),
            ("all_forms", "all forms"),
            ("with_strangers", "as written, with out of scope"),
        )
    ]
    return [*rows, _number_row("AUROC in scope against out of scope", lambda figures: figures["auroc"], 3)]


def _cost_row(name: str, label: str) -> Row:
    return _number_row(label, lambda figures: figures["costs"][name], None)


def _number_row(name: str, value: Callable[[Figures], float | None], digits: int | None) -> Row:
    return name, value, lambda figures: number(value(figures), digits)


def number(value: float | None, digits: int | None = None) -> str:
    """Write a number with fixed decimals, or with about three digits where ``digits`` is None."""
    if value is None:
        return _NONE
    if digits is None:
        digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}"


def _pipeline_line(pipeline: Figures) -> str:
    return (
        f"Whole Rasa pipeline of the assistant, as written: p50 {number(pipeline['p50_ms'])} ms, "
        f"p95 {number(pipeline['p95_ms'])} ms, {number(pipeline['serve_peak_mb'])} MB, "
        f"loaded in {number(pipeline['load_seconds'])} s."
    )
