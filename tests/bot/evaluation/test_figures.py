"""Figures of a hand-made system, the word search, and the way they are written."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.calibration import expected_error, reliability
from bot.evaluation.outcomes import IN_SCOPE, OUT_SCOPE, Guess, Verdict
from bot.evaluation.plots import IN_SCOPE_PIECES, OUT_SCOPE_PIECES, draw_all
from bot.evaluation.quality import System, figures, judge, misses
from bot.evaluation.report import number, percent, ratio, render, write_run
from bot.evaluation.sets import COMMANDS, HELD_OUT, OUT_OF_SCOPE, Case
from bot.evaluation.speed import MEASURES, costs, times
from bot.evaluation.word_search import WordSearch, fit_borders
from faq.entries.model import Content
from faq.matching.thresholds import Trial

HITS = [("a", 0.9), ("b", 0.8), ("a", 0.6)]


@pytest.fixture
def system(tiny_content: Content) -> System:
    """Three questions about one entry (right, wrong, declined), one stranger, one command."""
    name, other, *_ = tiny_content.items
    gold = frozenset({name})
    cases = [Case(f"câu {number}", name, gold, number=number) for number in range(3)]
    cases += [
        Case("trời mưa", "", frozenset(), part=OUT_OF_SCOPE),
        Case("gặp người", "command:handoff", frozenset({"command:handoff"}), part=COMMANDS),
    ]
    verdicts = [
        Verdict("answer", (Guess(name, 0.9, ""),)),
        Verdict("answer", (Guess(other, 0.8, ""), Guess(name, 0.1, ""))),
        Verdict("decline", (Guess(name, 0.1, ""),)),
        Verdict("answer", (Guess(other, 0.6, ""),)),
        Verdict("answer", (Guess("command:handoff", 0.95, ""),)),
    ]
    measured = costs(
        {"seconds": 60.0, "peak_mb": 300.0, "model_mb": 4.0},
        {"rows": [{"ms": 2.0}], "parse_cpu_seconds": 0.002, "peak_mb": 90.0},
        3.0,
    )
    return System("selector", "trợ lý", judge(cases, verdicts, tiny_content), measured)


@pytest.fixture
def found(system: System) -> dict[str, Any]:
    return figures(system, seed=1)


def test_figures_count_each_question_once(found: dict[str, Any]) -> None:
    clean = found["in_scope"]["clean"]

    assert clean["counts"] == {"right": 1, "wrong": 1, "clarified_with": 0, "clarified_without": 0, "declined": 1}
    assert clean["top1"]["share"] == pytest.approx(2 / 3, abs=1e-4)
    assert clean["answers_right"]["share"] == 0.5
    assert found["out_of_scope"]["clean"]["counts"]["answered"] == 1
    assert found["commands"]["counts"]["right"] == 1


def test_misses_name_gold_and_predicted(system: System, tiny_content: Content) -> None:
    """The wrong answer, the declined question and the answered stranger; nothing else."""
    name, other, *_ = tiny_content.items
    rows = [(row["set"], row["outcome"], row["gold"], row["predicted"]) for row in misses(system)]

    assert rows == [
        (HELD_OUT, "wrong", name, other),
        (HELD_OUT, "declined", name, name),
        (OUT_OF_SCOPE, "answered", "", other),
    ]


def test_a_wrong_aspect_is_a_miss(tiny_content: Content) -> None:
    procedure = tiny_content.procedures[0].id
    case = Case("phí?", procedure, frozenset({procedure}), "fee")
    answered = judge([case], [Verdict("answer", (Guess(procedure, 0.9, "time"),))], tiny_content)

    assert [row["outcome"] for row in misses(System("s", "s", answered, {}))] == ["wrong_aspect"]


def test_reliability_groups_by_confidence() -> None:
    table = reliability([0.05, 0.95, 0.99, 1.0], [False, True, True, False])

    assert [(row.low, row.count, round(row.right, 2)) for row in table] == [(0.0, 1, 0.0), (0.9, 3, 0.67)]


def test_expected_error_weighs_bins_by_questions() -> None:
    """One question is 5 points off; three are 0.98 sure and 2 of 3 right: 31 points off."""
    table = reliability([0.05, 0.95, 0.99, 1.0], [False, True, True, False])

    assert expected_error(table) == pytest.approx((1 * 0.05 + 3 * (0.98 - 2 / 3)) / 4)
    assert expected_error([]) == 0.0


def test_percentiles_are_those_of_the_messages() -> None:
    serving = {"rows": [{"ms": float(number)} for number in range(101)], "parse_cpu_seconds": 0.202}

    assert times(serving) == pytest.approx({"p50_ms": 50.0, "p95_ms": 95.0, "cpu_ms": 2.0})


def test_table_has_a_ratio_against_each_peer(found: dict[str, Any]) -> None:
    slow = found | {"label": "chậm", "costs": found["costs"] | {"train_seconds": 600.0}}
    lines = render({"selector": found, "slow": slow}).splitlines()

    assert "| Cost | trợ lý | chậm | ÷ chậm |" in lines
    assert "| full training, s | 60.0 | 600 | 0.10 |" in lines
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1


def test_table_leaves_out_what_was_not_measured(found: dict[str, Any]) -> None:
    unknown = found | {"costs": dict.fromkeys(MEASURES), "calibration": {}, "auroc": None}

    assert "| model file, MB | 4.00 | – | – |" in render({"selector": found, "other": unknown})


def test_table_names_the_whole_pipeline_where_it_was_timed(found: dict[str, Any]) -> None:
    timed = {"p50_ms": 3.21, "p95_ms": 5.0, "serve_peak_mb": 512.3, "load_seconds": 4.0}

    assert "p50 3.21 ms, p95 5.00 ms, 512 MB" in render({"selector": found}, timed)


@pytest.mark.parametrize(
    ("ours", "theirs", "written"), [(1.0, 4.0, "0.25"), (1.0, 0.0, "–"), (None, 1.0, "–"), (1.0, 400.0, "0.0025")]
)
def test_ratio(ours: float | None, theirs: float, written: str) -> None:
    assert ratio(ours, theirs) == written


def test_numbers_are_written_with_three_digits() -> None:
    assert [number(value) for value in (1234.5, 12.34, 1.234, None)] == ["1234", "12.3", "1.23", "–"]
    assert percent({"share": 0.841, "low": 0.824, "high": 0.856}) == "84.1 (82.4–85.6)"


def test_a_run_is_written_down_whole(system: System, found: dict[str, Any], tmp_path: Path) -> None:
    write_run(tmp_path, {"seed": 1}, {"systems": {"selector": found}}, misses(system))

    with (tmp_path / "misses.csv").open(encoding="utf-8") as file:
        assert [row["text"] for row in csv.DictReader(file)] == ["câu 1", "câu 2", "trời mưa"]
    assert json.loads((tmp_path / "config.json").read_text("utf-8")) == {"seed": 1}
    assert json.loads((tmp_path / "results.json").read_text("utf-8"))["systems"]["selector"]["label"] == "trợ lý"


def test_plots_show_every_outcome(found: dict[str, Any], tmp_path: Path) -> None:
    assert (set(IN_SCOPE_PIECES), set(OUT_SCOPE_PIECES)) == (set(IN_SCOPE), set(OUT_SCOPE))
    assert all(path.stat().st_size > 5000 for path in draw_all({"selector": found}, tmp_path))


def test_word_search_is_textbook_bm25() -> None:
    """Two classes; "căn" stands once in a class of 3 words, the mean length is 2.5; k1 1.2, b 0.6."""
    search = WordSearch({"a": ["căn cước mới"], "b": ["khai sinh"]})
    idf = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    score = idf * 2.2 / (1 + 1.2 * (1 - 0.6 + 0.6 * 3 / 2.5))

    best = search.rank("Căn")[0]

    assert best.name == "a"
    assert best.confidence == pytest.approx(score / (2.2 * idf), rel=1e-5)


def test_word_search_does_not_fold() -> None:
    search = WordSearch({"a": ["căn cước"], "b": ["khai sinh"]})

    assert search.rank("can cuoc")[0].confidence == 0.0


def test_borders_of_the_word_search_are_fitted_on_validation_questions() -> None:
    """Right above 0.6 and strangers below 0.3: any border between them costs nothing."""
    trials = [Trial(frozenset("a"), ("a", "b"), (0.7, 0.1))] * 5 + [Trial(frozenset(), ("a", "b"), (0.25, 0.2))] * 5

    fitted = fit_borders(trials)

    assert 0.25 < fitted.clarify <= fitted.answer <= 0.7
