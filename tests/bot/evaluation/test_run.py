"""A whole run on a tiny answer base: real training, real parsing, everything written down."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.evaluation.run import Plan, run
from bot.evaluation.sets import COMMANDS, HELD_OUT, OUT_OF_SCOPE
from faq.matching.index import Snapshot
from faq.matching.snapshot import write_snapshot
from faq.settings import ROOT, load_settings
from tests.bot.evaluation.conftest import DAY


@pytest.fixture(scope="module")
def nlu_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of evaluation sets with three rows each."""
    folder = tmp_path_factory.mktemp("nlu_data") / "evaluation"
    folder.mkdir()
    for name in ("out_of_scope", "commands", "validation", "equivalent"):
        rows = yaml.safe_load((ROOT / "nlu_data" / "evaluation" / f"{name}.yml").read_text("utf-8"))
        (folder / f"{name}.yml").write_text(yaml.safe_dump(rows[:3], allow_unicode=True), "utf-8")
    return folder.parent


@pytest.fixture(scope="module")
def folder(tiny_snapshot: Snapshot, nlu_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run once with one epoch and give the results."""
    place = tmp_path_factory.mktemp("run")
    write_snapshot(tiny_snapshot, place / "tiny.snapshot")
    plan = Plan(place / "tiny.snapshot", ("burokratt", "bm25"), place / "out", DAY, epochs=1)
    return run(plan, replace(load_settings({}), nlu_data=nlu_data), lambda _: None)


pytestmark = pytest.mark.slow


def test_all_files_of_a_run_are_there(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()} - {"work"}

    assert names == {
        "config.json",
        "results.json",
        "table.md",
        "misses.csv",
        "outcomes.png",
        "out_of_scope.png",
        "reliability.png",
    }


def test_the_config_says_plainly_what_was_shortened(folder: Path, tiny_snapshot: Snapshot) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    peer = config["systems"]["burokratt"]

    assert (peer["published_epochs"], peer["trained_epochs"], peer["training"]["cached"]) == (30, 1, False)
    assert config["snapshot"]["model"] == config["fresh_training"]["model"] == tiny_snapshot.model
    assert config["plan"]["seed"]
    assert config["versions"]["rasa"] == "3.6.21"
    assert config["machine"]["cpus"]


def test_every_system_is_asked_every_question(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))["exam"]["sets"]
    systems = json.loads((folder / "results.json").read_text("utf-8"))["systems"]

    assert list(systems) == ["selector", "burokratt", "bm25"]
    for found in systems.values():
        assert found["in_scope"]["all"]["count"] == sum(n for name, n in config.items() if name.startswith(HELD_OUT))
        assert found["out_of_scope"]["clean"]["count"] == config[f"{OUT_OF_SCOPE}/clean"] == 3
        assert found["commands"]["count"] == config[f"{COMMANDS}/clean"] == 3


def test_every_cost_that_has_a_meaning_is_measured(folder: Path) -> None:
    systems = json.loads((folder / "results.json").read_text("utf-8"))["systems"]
    missing = {key: {name for name, value in found["costs"].items() if not value} for key, found in systems.items()}

    assert missing == {"selector": set(), "burokratt": set(), "bm25": {"train_peak_mb", "model_mb", "load_seconds"}}


def test_misses_name_only_what_went_wrong(folder: Path) -> None:
    with (folder / "misses.csv").open(encoding="utf-8") as file:
        outcomes = {row["outcome"] for row in csv.DictReader(file)}

    assert outcomes <= {"wrong", "declined", "clarified_without", "wrong_aspect", "answered"}
