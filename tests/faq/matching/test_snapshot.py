"""The snapshot file: the same state comes back, and nothing but a whole file is believed."""

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from faq.errors import SnapshotError
from faq.matching.index import Snapshot
from faq.matching.ranker import Ranker
from faq.matching.snapshot import _digest, read_snapshot, write_snapshot
from tests.faq.small import DAY, small_inputs, small_snapshot

Members = dict[str, bytes]
REMEDY = "run `troly train`"
QUESTIONS = [
    text for item in small_inputs().content.items.values() for _, part in item.texts() for text in part.held_out
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a good snapshot file, to be read only."""
    path = tmp_path_factory.mktemp("snapshot") / "good.snapshot"
    write_snapshot(small_snapshot(), path)
    return path


def read_members(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_members(members: Members, path: Path) -> Path:
    """Write a file whose checksum is right, as a program of another version would."""
    rest = {name: data for name, data in members.items() if name != "sha256"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**rest, "sha256": _digest(rest).encode()}.items():
            archive.writestr(name, data)
    return path


def refused(path: Path) -> str:
    with pytest.raises(SnapshotError) as caught:
        read_snapshot(path)
    text = str(caught.value)
    assert REMEDY in text
    assert path.name in text
    return text


def test_a_read_snapshot_is_the_written_one(small: Snapshot, path: Path, tmp_path: Path) -> None:
    back = read_snapshot(path)
    write_snapshot(back, tmp_path / "again.snapshot")

    assert (back.revision, back.model, back.content) == (small.revision, small.model, small.content)
    assert back.wordings == small.wordings
    assert back.index.thresholds == small.index.thresholds
    assert (tmp_path / "again.snapshot").read_bytes() == path.read_bytes()


def test_a_read_snapshot_ranks_identically(small: Snapshot, path: Path) -> None:
    before, after = Ranker(small), Ranker(read_snapshot(path))

    assert len(QUESTIONS) > 50
    assert [after.rank(text, DAY) for text in QUESTIONS[::2]] == [before.rank(text, DAY) for text in QUESTIONS[::2]]


def test_a_folder_is_made_and_no_half_file_stays(small: Snapshot, tmp_path: Path) -> None:
    write_snapshot(small, tmp_path / "new" / "one.snapshot")

    assert [file.name for file in (tmp_path / "new").iterdir()] == ["one.snapshot"]


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    refused(tmp_path / "none.snapshot")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_truncated_file_is_refused(path: Path, tmp_path: Path, share: float) -> None:
    whole = path.read_bytes()
    cut = tmp_path / "cut.snapshot"
    cut.write_bytes(whole[: int(len(whole) * share)])

    refused(cut)


@pytest.mark.parametrize("seed", range(20))
def test_one_flipped_bit_is_refused(path: Path, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    data = bytearray(path.read_bytes())
    data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    flipped = tmp_path / "flipped.snapshot"
    flipped.write_bytes(data)

    refused(flipped)


def test_a_flipped_bit_in_the_directory_is_refused_or_harmless(path: Path, tmp_path: Path) -> None:
    """A bit of the zip's own tables (a date, a method, a length) may say nothing; it never gives another state."""
    whole = path.read_bytes()
    start = whole.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", whole[start + 16 : start + 20])[0]  # where the central directory begins
    random, flipped, found = Random(1), tmp_path / "flipped.snapshot", []
    for place in random.sample(range(start, len(whole)), 60):
        data = bytearray(whole)
        data[place] ^= 1 << random.randrange(8)
        flipped.write_bytes(data)
        with suppress(SnapshotError):
            found.append(read_snapshot(flipped).content)

    assert all(content == small_snapshot().content for content in found)
    assert len(found) < 30


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04" + bytes(40), b"\x00" * 5000], ids=repr)
def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    other = tmp_path / "other.snapshot"
    other.write_bytes(data[:5000])

    refused(other)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path)


def _with_meta(**changes: Any) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        meta = {**json.loads(members["meta.json"]), **changes}
        return {**members, "meta.json": json.dumps({key: meta[key] for key in meta if meta[key] is not None}).encode()}

    return change


def _npy(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


FOREIGN: dict[str, Callable[[Members], Members]] = {
    "another format": _with_meta(format=2),
    "another feature schema": _with_meta(schema=99),
    "other features of the verifier": _with_meta(features=["fused"]),
    "no revision": _with_meta(revision=None),
    "no format": _with_meta(format=None),
    "an item without an id": _with_meta(items=[{"title": "x"}]),
    "items are a number": _with_meta(items=3),
    "terms are a list": _with_meta(terms=[1, 2]),
    "an unknown threshold": _with_meta(thresholds={"other": 1}),
    "meta is no JSON": lambda members: {**members, "meta.json": b"{"},
    "meta is deep": lambda members: {**members, "meta.json": b"[" * 100_000},
    "meta is a list": lambda members: {**members, "meta.json": b"[]"},
    "meta is missing": lambda members: {name: data for name, data in members.items() if name != "meta.json"},
    "an array is missing": lambda members: {name: data for name, data in members.items() if name != "idf.npy"},
    "an array is text": lambda members: {**members, "idf.npy": b"hello"},
    "an array is cut": lambda members: {**members, "idf.npy": members["idf.npy"][:-5]},
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_a_whole_file_of_another_kind_is_refused(
    path: Path, tmp_path: Path, change: Callable[[Members], Members]
) -> None:
    refused(write_members(change(read_members(path)), tmp_path / "foreign.snapshot"))


def test_another_version_is_named_as_such(path: Path, tmp_path: Path) -> None:
    foreign = write_members(_with_meta(format=2)(read_members(path)), tmp_path / "foreign.snapshot")

    assert "another version" in refused(foreign)


class _Trap:
    """Runs code when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.place,)


@pytest.mark.parametrize("kind", ["object array", "bare pickle"])
def test_a_pickle_is_refused_and_never_run(path: Path, tmp_path: Path, kind: str) -> None:
    trap = _Trap(tmp_path / "executed")
    hostile = _npy(np.array([trap], object), allow_pickle=True) if kind == "object array" else pickle.dumps(trap)
    foreign = write_members({**read_members(path), "idf.npy": hostile}, tmp_path / "hostile.snapshot")

    refused(foreign)
    assert not (tmp_path / "executed").exists()


def test_the_trap_would_have_worked(tmp_path: Path) -> None:
    """The test above proves something only if such a pickle does run code where pickles are allowed."""
    hostile = _npy(np.array([_Trap(tmp_path / "executed")], object), allow_pickle=True)
    np.load(io.BytesIO(hostile), allow_pickle=True)

    assert (tmp_path / "executed").exists()
