"""Training: database -> snapshot -> spaCy package -> Rasa model, each only when its inputs changed."""

import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import Engine

from bot.entities import build as build_entities
from bot.entities import folder as entities_folder
from faq.clock import today
from faq.db import connect, migrate
from faq.entries.folder import read_content
from faq.entries.model import Content
from faq.entries.store import current_revision, fill, read_published
from faq.errors import FaqError, SnapshotError
from faq.matching.build import train
from faq.matching.index import Snapshot
from faq.matching.live import broken_golden, current_path, store_snapshot
from faq.matching.prepare import Inputs, digest
from faq.matching.ranker import Ranker
from faq.matching.republish import republish
from faq.matching.snapshot import read_snapshot
from faq.matching.thresholds import fit_thresholds
from faq.matching.wordings import load_labelled, load_wordings
from faq.settings import ROOT, Settings
from faq.text.lexicon import load_lexicon

_log = logging.getLogger(__name__)
Say = Callable[[str], None]

#: Share of changed items above which a rebuild gives way to a full training.
_MOST_CHANGED = 0.1
#: What a Rasa model depends on beside the training recipe; content reaches it through the live snapshot.
_RASA_INPUTS = ("config.yml", "bot/domain", "bot/rules", "bot/components", "nlu_data/nlu.yml", "uv.lock")


class TrainingError(FaqError):
    """A training ran and its result may not serve."""


def prepare_database(settings: Settings, say: Say) -> Engine:
    """Migrate the database and fill an empty one from the content folder."""
    engine = connect(settings.database_url)
    migrate(engine)
    if current_revision(engine) == 0:
        count = fill(engine, read_content(settings.content), "khởi tạo")
        say(f"Đã nạp {count} mục nội dung vào cơ sở dữ liệu.")
    return engine


def train_snapshot(settings: Settings, engine: Engine, say: Say, force: bool = False) -> Path:
    """Bring the snapshot up to the newest revision: rebuilt where that is enough, trained where it is not.

    Raises:
        TrainingError: Golden questions are broken; the old snapshot stays.
    """
    revision, content = read_published(engine)
    inputs = Inputs(content, load_wordings(settings.nlu_data), load_lexicon(settings.nlu_data / "lexicon"))
    recipe = recipe_digest(inputs, settings)
    served = None if force else _served(settings, recipe)
    if served is not None and served.revision == revision:
        return current_path(settings.snapshots)
    if served is not None and _is_small_change(served, content):
        snapshot = republish(served, content, revision)
    else:
        say(f"Đang huấn luyện phần hiểu câu hỏi trên {len(content.items)} mục (khoảng một phút)…")
        validation = load_labelled(settings.nlu_data / "evaluation" / "validation.yml")
        snapshot = fit_thresholds(train(inputs, revision), validation, today())
    _refuse_broken(snapshot, settings)
    path = store_snapshot(snapshot, settings.snapshots)
    _recipe_file(settings).write_text(recipe, "utf-8")
    return path


def recipe_digest(inputs: Inputs, settings: Settings) -> str:
    """Digest what a full training depends on beside the content: wordings, lexicon, validation set, our code."""
    code = [path for folder in ("text", "matching") for path in sorted((ROOT / "faq" / folder).glob("*.py"))]
    files = [*code, settings.nlu_data / "evaluation" / "validation.yml"]
    words = [repr(sorted(inputs.wordings.items())), repr(inputs.lexicon)]
    return digest([*words, *(path.read_text("utf-8") for path in files)])


def _recipe_file(settings: Settings) -> Path:
    return settings.snapshots / "RECIPE"


def _served(settings: Settings, recipe: str) -> Snapshot | None:
    """Give the snapshot on disk when a full training would differ from it in the content alone."""
    mark = _recipe_file(settings)
    if not mark.exists() or mark.read_text("utf-8") != recipe:
        return None
    try:
        return read_snapshot(current_path(settings.snapshots))
    except SnapshotError:
        return None


def _is_small_change(served: Snapshot, content: Content) -> bool:
    """Tell whether so few items changed that the last training still fits (docs/adr/0006)."""
    old, new = served.content.items, content.items
    changed = sum(1 for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return changed <= _MOST_CHANGED * len(new)


def _refuse_broken(snapshot: Snapshot, settings: Settings) -> None:
    golden = load_labelled(settings.nlu_data / "evaluation" / "golden.yml")
    broken = broken_golden(Ranker(snapshot), golden, today())
    if broken:
        raise TrainingError(f"golden questions without their entry: {'; '.join(broken)}; mend variants or golden.yml")


def train_model(settings: Settings, say: Say, force: bool = False) -> Path:
    """Train the Rasa model in a process of its own when its inputs changed."""
    name = f"troly-{_rasa_digest(settings)}"
    path = settings.models / f"{name}.tar.gz"
    if path.exists() and not force:
        return path
    say("Đang đóng gói mô hình Rasa…")
    command = [
        sys.executable,
        "-m",
        "rasa",
        "train",
        "--config",
        "config.yml",
        "--domain",
        "bot/domain",
        "--data",
        "bot/rules",
        "nlu_data/nlu.yml",
        "--out",
        str(settings.models),
        "--fixed-model-name",
        name,
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=rasa_environment(settings), capture_output=True, text=True, check=False
    )
    if done.returncode or not path.exists():
        raise TrainingError(f"rasa train failed:\n{(done.stderr or done.stdout)[-6000:]}")
    for old in settings.models.glob("troly-*.tar.gz"):
        if old != path:
            old.unlink()
    return path


def _rasa_digest(settings: Settings) -> str:
    whole = hashlib.sha256(_recipe_file(settings).read_bytes())
    for name in _RASA_INPUTS:
        place = ROOT / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and file.suffix != ".pyc":
                whole.update(file.read_bytes())
    return whole.hexdigest()[:12]


def rasa_environment(settings: Settings) -> dict[str, str]:
    """Give the environment of every process that runs Rasa (rasa-operations.md section 3)."""
    paths = [str(ROOT), str(entities_folder(settings)), os.environ.get("PYTHONPATH", "")]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TICKET_LOCK_LIFETIME": "600",
        "PYTHONWARNINGS": "ignore",
        "ACTION_ENDPOINT_URL": f"http://127.0.0.1:{settings.action_port}/webhook",
    }


def prepare_all(settings: Settings, say: Say, force: bool = False) -> Path:
    """Bring database, snapshot, entities and model up to date; return the model's path."""
    engine = prepare_database(settings, say)
    train_snapshot(settings, engine, say, force)
    _, content = read_published(engine)
    if build_entities(content, settings):
        say("Đã dựng gói nhận diện tên thủ tục, cơ quan, địa danh.")
    return train_model(settings, say, force)
