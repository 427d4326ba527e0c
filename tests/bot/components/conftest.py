"""What the components need: a place for models, and a machine that serves the small snapshot."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource

from bot.live import shared_live
from faq.db import connect, migrate
from faq.entries.store import fill
from faq.matching.live import store_snapshot
from tests.faq.small import often_unsure, small_inputs, small_snapshot

Place = tuple[LocalModelStorage, Resource, ExecutionContext]
Machine = Callable[[str], Path]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give what Rasa hands to `create` and `load`."""
    folder = tmp_path / "model"
    folder.mkdir()
    return LocalModelStorage(folder), Resource("component"), ExecutionContext(GraphSchema({}), "model-1")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Give a function that turns this process into a new machine with an empty ``var`` folder."""

    def start(name: str) -> Path:
        _forget()
        var = tmp_path / name
        monkeypatch.setenv("TROLY_VAR", str(var))
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{var / 'troly.db'}")
        var.mkdir()
        engine = connect(f"sqlite:///{var / 'troly.db'}")
        migrate(engine)
        fill(engine, small_inputs().content, "thử")
        engine.dispose()
        return var

    yield start
    _forget()


@pytest.fixture
def trained(machine: Machine) -> Path:
    """Make this process a machine on which `troly train` has built the small snapshot; give its ``var``."""
    var = machine("trained")
    store_snapshot(often_unsure(small_snapshot()), var / "snapshots")
    return var


def _forget() -> None:
    if shared_live.cache_info().currsize:
        shared_live().stop()
    shared_live.cache_clear()
