"""The snapshot a process serves, kept up to date beside the traffic.

Files: ``<revision>-<model>.snapshot`` and ``CURRENT`` with the name of the one to serve, replaced in one step.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from faq.entries.model import Content
from faq.errors import FaqError, SnapshotError
from faq.matching.index import Snapshot
from faq.matching.ranker import Ranker
from faq.matching.snapshot import read_snapshot, write_snapshot
from faq.matching.wordings import Labelled

_log = logging.getLogger(__name__)

#: Snapshots kept on disk, the served one included: enough to roll back by hand.
KEPT = 3
_POINTER = "CURRENT"


def store_snapshot(snapshot: Snapshot, folder: Path) -> Path:
    """Write a snapshot, point to it, and remove the oldest files."""
    path = folder / f"{snapshot.revision:06d}-{snapshot.model}.snapshot"
    write_snapshot(snapshot, path)
    pointer = folder / f"{_POINTER}.{os.getpid()}.tmp"
    pointer.write_text(path.name, "utf-8")
    os.replace(pointer, folder / _POINTER)
    files = sorted(folder.glob("*.snapshot"), key=lambda file: file.stat().st_mtime)
    for old in [file for file in files if file != path][: -(KEPT - 1)]:
        old.unlink(missing_ok=True)
    return path


def current_path(folder: Path) -> Path:
    """Give the path of the snapshot to serve.

    Raises:
        SnapshotError: Nothing has been built yet.
    """
    try:
        return folder / (folder / _POINTER).read_text("utf-8").strip()
    except OSError as error:
        raise SnapshotError(f"no snapshot in {folder}: run `troly train`") from error


def broken_golden(ranker: Ranker, golden: Sequence[Labelled], day: date) -> list[str]:
    """Give the golden questions that do not get their entry; entries that are not published are not asked."""
    broken = []
    for row in golden:
        wanted = [entry for entry in row.entries if entry in ranker.snapshot.index.classes]
        if wanted and ranker.rank(row.text, day).candidates[0].entry not in wanted:
            broken.append(row.text)
    return broken


def _written_at(path: Path) -> int:
    """Give when a file was written last, in ns; 0 when it is missing."""
    return path.stat().st_mtime_ns if path.exists() else 0


@dataclass(frozen=True)
class Source:
    """Where new revisions come from: two questions to the database."""

    revision: Callable[[], int]
    published: Callable[[], tuple[int, Content]]


class LiveSnapshot:
    """Serves one snapshot and swaps in newer ones; reading ``ranker`` is one attribute access.

    Args:
        folder: Snapshot folder.
        golden: Questions that guard every swap.
        source: The database; None serves the files alone.
        today: Gives the day in Viet Nam.
    """

    def __init__(
        self, folder: Path, golden: Sequence[Labelled], source: Source | None, today: Callable[[], date]
    ) -> None:
        self._folder, self._golden, self._source, self._today = folder, golden, source, today
        self._path = current_path(folder)
        self.ranker = Ranker(read_snapshot(self._path))
        self.previous = self.ranker
        self._refused: tuple[int, str] | None = None
        self._refused_file: tuple[Path, int] | None = None
        self._stop = threading.Event()

    def at(self, revision: int) -> Ranker:
        """Give the ranker of a revision that a turn began with, while it is still kept."""
        return self.previous if self.previous.snapshot.revision == revision else self.ranker

    def refresh(self) -> bool:
        """Take up a new file or a new revision if there is one.

        Returns:
            Whether another snapshot is served now. A bad one is refused with a log line; the old one serves on.
        """
        return any(self._tried(step) for step in (self._refresh_from_file, self._refresh_from_source))

    def _tried(self, step: Callable[[], bool]) -> bool:
        try:
            return step()
        except FaqError as error:
            _log.error("snapshot refused: %s", error)
            return False

    def watch(self, seconds: float) -> threading.Thread:
        """Refresh every few seconds in a thread until :meth:`stop`."""
        thread = threading.Thread(target=self._loop, args=(seconds,), name="snapshot", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """End the watching thread."""
        self._stop.set()

    def _loop(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            try:
                self.refresh()
            except Exception:  # a process edge: the database may be away for a while; the old snapshot serves on
                _log.exception("looking for a new revision failed")

    def _refresh_from_file(self) -> bool:
        path = current_path(self._folder)
        if path == self._path:
            return False
        file = path, _written_at(path)
        if file == self._refused_file:
            return False
        self._refused_file = file  # until it has proved good; a mended file has another time
        snapshot = read_snapshot(path)
        if snapshot.revision < self.ranker.snapshot.revision or not self._swap(snapshot):
            return False
        self._path = path
        return True

    def _refresh_from_source(self) -> bool:
        serving = self.ranker.snapshot
        newest = self._source.revision() if self._source else 0
        if self._source is None or newest <= serving.revision or self._refused == (newest, serving.model):
            return False
        revision, content = self._source.published()
        self._refused = revision, serving.model  # until it has proved good: a bad one is tried once
        from faq.matching.republish import republish  # scikit-learn: 1.6 s to import, needed only here

        snapshot = republish(serving, content, revision)
        if not self._swap(snapshot):
            return False
        self._path = store_snapshot(snapshot, self._folder)
        return True

    def _swap(self, snapshot: Snapshot) -> bool:
        ranker = Ranker(snapshot)
        broken = broken_golden(ranker, self._golden, self._today())
        if broken:
            _log.error("snapshot of revision %s refused: %s golden questions broken", snapshot.revision, len(broken))
            return False
        self.previous, self.ranker = self.ranker, ranker
        _log.info("serving revision %s, model %s", snapshot.revision, snapshot.model)
        return True
