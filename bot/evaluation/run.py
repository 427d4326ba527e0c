"""One run of the examination, from a snapshot to a folder of results."""

import os
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.entities import folder as entities_folder
from bot.evaluation.plots import draw_all
from bot.evaluation.processes import Bench, EvaluationError, Result
from bot.evaluation.quality import figures, misses
from bot.evaluation.report import write_run
from bot.evaluation.sets import Exam, leaks, load_exam, sample_content, training_wordings
from bot.evaluation.systems import (
    WORD_SEARCH,
    Examined,
    Setting,
    examine_own,
    examine_rasa,
    examine_words,
    time_pipeline,
    train_own,
)
from faq.clock import now
from faq.entries.model import Content
from faq.matching.index import Snapshot
from faq.matching.snapshot import read_snapshot
from faq.settings import Settings

TASK = "understanding"
_PACKAGES = ("rasa", "tensorflow-cpu", "scikit-learn", "scipy", "numpy", "underthesea")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        snapshot: Snapshot to examine.
        peers: Systems to compare with: ``default``, ``burokratt``, ``bm25``.
        out: Folder of all results; trained peers are kept in its ``.cache``.
        day: Day on which the questions are asked; validity of entries depends on it.
        epochs: Most DIET epochs of a peer; None trains as published.
        share: Share of the items that is examined; below 1, our matcher is trained on the same sample.
        threads: Threads of each measured process.
        seed: Seed of noise, sample and resampling.
        model: Rasa model of the assistant to time as a whole; None leaves that out.
    """

    snapshot: Path
    peers: tuple[str, ...]
    out: Path
    day: date
    epochs: int | None = None
    share: float = 1.0
    threads: int = 1
    seed: int = 20260701
    model: Path | None = None

    @property
    def task(self) -> str:
        """Name of the folder of results; shortened runs stand apart."""
        return TASK if self.share == 1 else f"{TASK}-quick"


def run(plan: Plan, settings: Settings, say: Say) -> Path:
    """Examine our matcher and the peers; give the folder with the results.

    Raises:
        EvaluationError: A test question is a training wording, or a measured process failed.
    """
    started, load_before = now(), os.getloadavg()
    folder = (plan.out / plan.task / started.strftime("%Y%m%dT%H%M%SZ")).resolve()
    base = read_snapshot(plan.snapshot)
    setting = _setting(plan, settings, base, folder)
    examined, own_training = _examine_all(plan, settings, setting, say)
    systems = {one.system.key: figures(one.system, plan.seed) for one in examined}
    pipeline = time_pipeline(setting, plan.model, entities_folder(settings)) if plan.model else None
    config = _config(plan, setting.exam, base, examined) | {
        "started": started.isoformat(),
        "finished": now().isoformat(),
        "machine": _machine(plan, load_before),
        "fresh_training": own_training,
    }
    missed = [row for one in examined for row in misses(one.system)]
    write_run(folder, config, {"systems": systems, "pipeline": pipeline}, missed)
    draw_all(systems, folder)
    for built in setting.bench.folder.glob("*.snapshot"):  # large, and training gives them again byte for byte
        built.unlink()
    return folder


def _setting(plan: Plan, settings: Settings, base: Snapshot, folder: Path) -> Setting:
    content = _sampled(plan, base.content)
    exam = load_exam(content, settings.nlu_data / "evaluation", plan.seed)
    wordings = training_wordings(content, base.wordings)
    leaked = leaks(exam.cases, wordings)
    if leaked:
        raise EvaluationError(f"test questions are training wordings, remove one of each: {'; '.join(leaked[:5])}")
    bench = Bench(folder / "work", plan.threads)
    return Setting(content, wordings, exam, bench, (plan.out / ".cache").resolve(), plan.day)


def _sampled(plan: Plan, content: Content) -> Content:
    if plan.share == 1:
        return content
    return sample_content(content, max(round(len(content.items) * plan.share), 2), plan.seed)


def _examine_all(plan: Plan, settings: Settings, setting: Setting, say: Say) -> tuple[list[Examined], Result]:
    say(f"{len(setting.exam.cases)} questions on {len(setting.content.items)} items; training our matcher")
    snapshot = plan.snapshot.resolve()
    validation = settings.nlu_data / "evaluation" / "validation.yml"
    fresh, training = train_own(setting, snapshot, validation)
    examined = [examine_own(setting, snapshot if plan.share == 1 else fresh, training)]
    for name in plan.peers:
        say(f"training and asking {name}")
        examined.append(examine_words(setting) if name == WORD_SEARCH else examine_rasa(setting, name, plan.epochs))
    thresholds = read_snapshot(fresh).index.thresholds
    return examined, training | {"model": read_snapshot(fresh).model, "thresholds": vars(thresholds)}


def _config(plan: Plan, exam: Exam, base: Snapshot, examined: list[Examined]) -> dict[str, Any]:
    """Give everything that is needed to repeat the run."""
    sets: dict[str, int] = {}
    for case in exam.cases:
        sets[f"{case.part}/{case.form}"] = sets.get(f"{case.part}/{case.form}", 0) + 1
    return {
        "task": plan.task,
        "plan": asdict(plan),
        "snapshot": {"revision": base.revision, "model": base.model, "thresholds": vars(base.index.thresholds)},
        "exam": {"digest": exam.digest, "sets": sets, "validation": len(exam.validation)},
        "systems": {one.system.key: one.notes for one in examined},
        "versions": {"python": platform.python_version(), **_versions()},
    }


def _versions() -> Mapping[str, str]:
    return {name: version(name) for name in _PACKAGES}


def _machine(plan: Plan, load_before: tuple[float, float, float]) -> dict[str, Any]:
    """Describe the machine; the load tells whether the times are those of a quiet one."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.machine(),
        "cpus": os.cpu_count(),
        "usable_cpus": len(os.sched_getaffinity(0)),
        "threads": plan.threads,
        "nice": os.nice(0),
        "load_before": load_before,
        "load_after": os.getloadavg(),
        "platform": platform.platform(),
        "executable": sys.executable,
    }
