"""Peers get their published settings and exactly our wordings."""

from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.loading import load_data

from bot.evaluation.__main__ import main
from bot.evaluation.peers import PEERS, _yaml, config_of, shortened, trained, training_data
from bot.evaluation.processes import Bench, EvaluationError, Job, Result, run_job
from bot.evaluation.sets import training_wordings
from faq.entries.model import Content
from faq.matching.wordings import load_wordings
from faq.settings import ROOT


def test_default_peer_has_the_settings_of_rasa() -> None:
    pipeline = {part["name"]: part for part in config_of(PEERS["default"])["pipeline"]}

    assert (pipeline["DIETClassifier"]["epochs"], pipeline["DIETClassifier"]["constrain_similarities"]) == (100, True)
    assert pipeline["FallbackClassifier"] == {
        "name": "FallbackClassifier",
        "threshold": 0.3,
        "ambiguity_threshold": 0.1,
    }


def test_epochs_are_only_ever_shortened() -> None:
    assert shortened(PEERS["burokratt"], 5).epochs == 5
    assert shortened(PEERS["burokratt"], 50) == shortened(PEERS["burokratt"], None) == PEERS["burokratt"]


def test_rasa_reads_every_wording_of_every_class(content: Content, tmp_path: Path) -> None:
    """No wording is lost or read as an entity, and no class becomes a retrieval intent."""
    wordings = training_wordings(content, load_wordings(ROOT / "nlu_data"))
    (tmp_path / "nlu.yml").write_text(_yaml(training_data(wordings)), "utf-8")

    examples = load_data(str(tmp_path / "nlu.yml")).intent_examples
    read = {(example.get("intent"), example.get("text")) for example in examples}

    assert read == {(name, text) for name, texts in wordings.items() for text in texts}
    assert not any(example.get("entities") or example.get("intent_response_key") for example in examples)


def test_a_failing_process_names_its_log(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"publish\.log"):
        run_job("bot.evaluation.own_process", {"kind": "publish", "snapshot": "none"}, Bench(tmp_path, 1))


def test_a_trained_peer_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is data and settings: other epochs are another model."""
    jobs: list[str] = []
    monkeypatch.setattr("bot.evaluation.peers.run_job", lambda _, job, __: jobs.append(job["kind"]) or {"seconds": 1.0})
    wordings = {"a": ["một"], "b": ["hai"]}

    first, again, other = (trained(shortened(PEERS["default"], epochs), wordings, tmp_path, 1) for epochs in (1, 1, 2))

    assert [first["cached"], again["cached"], other["cached"]] == [False, True, False]
    assert len(jobs) == 2


def test_what_a_stopped_training_left_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rasa would take finished parts from its cache, and the measured time would be too short."""
    seen: list[bool] = []

    def stopped(_: str, job: Job, bench: Bench) -> Result:
        seen.append((bench.folder / "rasa-cache").exists())
        (bench.folder / "rasa-cache").mkdir()
        raise EvaluationError(job["kind"])

    monkeypatch.setattr("bot.evaluation.peers.run_job", stopped)
    for _ in range(2):
        with pytest.raises(EvaluationError):
            trained(PEERS["default"], {"a": ["một"]}, tmp_path, 1)

    assert seen == [False, False]


def test_an_unknown_peer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--peers", "gpt"])

    assert "choose from default, burokratt, bm25" in capsys.readouterr().err


def test_a_missing_snapshot_is_told_with_the_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--snapshot", str(tmp_path / "no.snapshot"), "--out", str(tmp_path)]) == 1
    assert "troly train" in capsys.readouterr().err
