"""Runs each system over the examination in measured processes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.evaluation.outcomes import Guess, Verdict, decide
from bot.evaluation.peers import PEERS, Peer, config_of, shortened, trained
from bot.evaluation.processes import Bench, Result, run_job
from bot.evaluation.quality import System, judge
from bot.evaluation.sets import Exam
from bot.evaluation.speed import costs, times
from bot.evaluation.word_search import fit_borders
from faq.entries.model import Content
from faq.matching.snapshot import read_snapshot
from faq.matching.thresholds import Trial

OURS, WORD_SEARCH = "selector", "bm25"
_OWN_PROCESS, _RASA_PROCESS = "bot.evaluation.own_process", "bot.evaluation.rasa_process"


@dataclass(frozen=True)
class Setting:
    """What all systems of a run share.

    Attributes:
        content: Items the systems learn and are asked about.
        wordings: Class -> wordings that teach them.
        bench: Where the measured processes run.
        cache: Folder of trained peers.
        day: Day on which the questions are asked.
    """

    content: Content
    wordings: Mapping[str, Sequence[str]]
    exam: Exam
    bench: Bench
    cache: Path
    day: date

    @property
    def texts(self) -> list[str]:
        """All examination questions in order."""
        return [case.text for case in self.exam.cases]


@dataclass(frozen=True)
class Examined:
    """A system with what is needed to repeat its part of the run."""

    system: System
    notes: dict[str, Any]


def train_own(setting: Setting, snapshot: Path, validation: Path) -> tuple[Path, Result]:
    """Train our matcher on the content of the run; give the new snapshot and what it cost."""
    output = setting.bench.folder / "trained.snapshot"
    job = {
        "kind": "train_selector",
        "snapshot": str(snapshot),
        "items": list(setting.content.items),
        "validation": str(validation),
        "day": setting.day.isoformat(),
        "output": str(output),
    }
    return output, run_job(_OWN_PROCESS, job, setting.bench)


def examine_own(setting: Setting, snapshot: Path, training: Result) -> Examined:
    """Examine our matcher at the thresholds of its snapshot."""
    asked = {"kind": "ask_selector", "snapshot": str(snapshot), "texts": setting.texts, "day": setting.day.isoformat()}
    serving = run_job(_OWN_PROCESS, asked, setting.bench)
    output = setting.bench.folder / "published.snapshot"
    job = {"kind": "publish", "snapshot": str(snapshot), "day": setting.day.isoformat(), "output": str(output)}
    published = run_job(_OWN_PROCESS, job, setting.bench)
    state = read_snapshot(snapshot)
    verdicts = [decide(_guesses(row), state.index.thresholds) for row in serving["rows"]]
    system = _system(OURS, "trợ lý", setting, verdicts, costs(training, serving, published["seconds"]))
    notes = {"revision": state.revision, "model": state.model, "thresholds": vars(state.index.thresholds)}
    return Examined(system, notes)


def examine_rasa(setting: Setting, name: str, epochs: int | None) -> Examined:
    """Examine a Rasa peer; its fallback is "declined", since buttons do not exist there."""
    published = PEERS[name]
    peer = shortened(published, epochs)
    training = trained(peer, setting.wordings, setting.cache, setting.bench.threads)
    bench = replace(setting.bench, folder=setting.bench.folder / name)
    serving = run_job(_RASA_PROCESS, {"kind": "parse", "model": training["model"], "texts": setting.texts}, bench)
    verdicts = [Verdict("decline" if row["declined"] else "answer", _guesses(row)) for row in serving["rows"]]
    publish_seconds = training["seconds"] + serving["load_seconds"]  # a new wording needs a training and a reload
    system = _system(name, _label(peer, published), setting, verdicts, costs(training, serving, publish_seconds))
    notes = {
        "config": config_of(peer),
        "source": peer.source,
        "published_epochs": published.epochs,
        "trained_epochs": peer.epochs,
        "training": training,
    }
    return Examined(system, notes)


def _label(peer: Peer, published: Peer) -> str:
    if peer.epochs == published.epochs:
        return peer.label
    return f"{peer.label}, {peer.epochs} of {published.epochs} epochs"


def examine_words(setting: Setting) -> Examined:
    """Examine the plain word search, with borders fitted on the validation set."""
    rows = [row for row in setting.exam.validation if not row.after and len(row.entries) < 2]
    texts = setting.texts + [row.text for row in rows]
    asked = {"kind": "ask_words", "wordings": setting.wordings, "texts": texts}
    serving = run_job(_OWN_PROCESS, asked, setting.bench)
    guesses = [_guesses(row) for row in serving["rows"]]
    fitted = fit_borders(
        [
            Trial(
                frozenset(row.entries), tuple(guess.name for guess in found), tuple(guess.confidence for guess in found)
            )
            for row, found in zip(rows, guesses[len(setting.texts) :], strict=True)
        ]
    )
    verdicts = [decide(found, fitted) for found in guesses[: len(setting.texts)]]
    # It learns where it serves: no memory or file of its own.
    training = {name: serving[name] for name in ("seconds", "cpu_seconds")}
    system = _system(WORD_SEARCH, "BM25", setting, verdicts, costs(training, serving, serving["seconds"]))
    return Examined(replace(system, calibrates=False), {"borders": vars(fitted)})


def _system(
    key: str, label: str, setting: Setting, verdicts: Sequence[Verdict], measured: dict[str, float | None]
) -> System:
    return System(key, label, judge(setting.exam.cases, verdicts, setting.content), measured)


def _guesses(row: Result) -> tuple[Guess, ...]:
    return tuple(Guess(*best) for best in row["best"])


def time_pipeline(setting: Setting, model: Path, folder: Path) -> dict[str, Any]:
    """Time the whole Rasa pipeline of the assistant on the questions as written.

    Args:
        setting: What the run shares.
        model: Model that `troly train` made.
        folder: Folder of the spaCy package that the pipeline loads.
    """
    texts = [case.text for case in setting.exam.cases if case.form == "clean"]
    bench = replace(setting.bench, folder=setting.bench.folder / "pipeline", paths=(folder,))
    serving = run_job(_RASA_PROCESS, {"kind": "parse", "model": str(model), "texts": texts}, bench)
    return {
        "model": str(model),
        "load_seconds": serving["load_seconds"],
        "serve_peak_mb": serving["peak_mb"],
        **times(serving),
    }
