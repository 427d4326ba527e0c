"""One brain a snapshot, without Rasa and without a database."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.brain import brain_of, open_live
from faq.clock import today
from faq.dialogue.model import Inbound, State
from faq.errors import SnapshotError
from faq.matching.live import store_snapshot
from faq.matching.ranker import Ranker
from faq.settings import ROOT, Settings
from tests.faq.small import golden_questions, small_snapshot

_IMPORTS = "import sys, bot.brain, bot.asking; print(*(name for name in {names!r} if name in sys.modules))"
HEAVY = ("rasa", "tensorflow", "sqlalchemy", "sklearn", "spacy", "underthesea")


def test_a_snapshot_has_one_brain() -> None:
    first, second = Ranker(small_snapshot()), Ranker(small_snapshot())

    assert brain_of(first) is brain_of(first)
    assert brain_of(second) is not brain_of(first)
    assert brain_of(first).decider.snapshot is small_snapshot()


def test_golden_questions_are_answered_by_the_brain_that_is_opened(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    store_snapshot(small_snapshot(), settings.snapshots)
    brain = brain_of(open_live(settings).ranker)
    for row in golden_questions():
        decision = brain.decider.decide(Inbound(row.text), State(), today())
        reached = {target.entry for target in decision.targets} | {f"command:{decision.intent}"}

        assert reached & set(row.entries), row.text


def test_a_brain_knows_ward_questions() -> None:
    decision = brain_of(Ranker(small_snapshot())).decider.decide(Inbound("phường rạch dừa"), State(), today())

    assert decision.intent == "find_ward"


def test_nothing_to_open_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="run `troly train`"):
        open_live(Settings(var=tmp_path))


def test_quick_commands_import_nothing_heavy() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _IMPORTS.format(names=HEAVY)], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert found.stdout.split() == []
