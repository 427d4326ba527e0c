"""The snapshot file: one zip of plain arrays and JSON, read without running code from it."""

import hashlib
import io
import json
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.entries.model import make_content
from faq.entries.yaml_form import from_raw, to_raw
from faq.errors import ContentError, SnapshotError
from faq.matching.bm25 import Bm25
from faq.matching.features import FEATURE_SCHEMA, Vectoriser
from faq.matching.index import Index, Snapshot, Thresholds
from faq.matching.members import Linear, Members
from faq.matching.postings import Postings
from faq.matching.verifier import FEATURES, Verifier
from faq.text.lexicon import Lexicon, Phrase
from faq.text.spelling import Speller

FORMAT = 1
_DIGEST = "sha256"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # fixed, so that the same state gives the same bytes

#: What a damaged or foreign file raises in zipfile (also NotImplementedError for a method it does not know and
#: RuntimeError for an encrypted member), in json, and in numpy, which refuses pickles with a ValueError.
_UNREADABLE = (
    OSError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RuntimeError,
    MemoryError,
    OverflowError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)

Arrays = dict[str, NDArray[Any]]


def write_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Write the file beside its final place and move it there in one step."""
    arrays, meta = _pack(snapshot)
    members = {f"{name}.npy": _npy(array) for name, array in sorted(arrays.items())}
    members["meta.json"] = json.dumps(meta, ensure_ascii=False, separators=(",", ":"), default=str).encode()
    members[_DIGEST] = _digest(members).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    os.replace(beside, path)


def read_snapshot(path: Path) -> Snapshot:
    """Read and check a snapshot file.

    Raises:
        SnapshotError: The file is missing, damaged, or of another format or feature schema.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        expected = members.pop(_DIGEST).decode()
    except _UNREADABLE as error:
        raise SnapshotError(f"{path} is not a readable snapshot ({error}): run `troly train`") from error
    if _digest(members) != expected:
        raise SnapshotError(f"{path} is damaged, its checksum differs: run `troly train`")
    try:
        return _unpack(members, path)
    except (ContentError, *_UNREADABLE) as error:
        raise SnapshotError(f"{path} holds what cannot be read ({error!r}): run `troly train`") from error


def _digest(members: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name in sorted(members):
        whole.update(name.encode() + b"\0" + members[name])
    return whole.hexdigest()


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def _pack(snapshot: Snapshot) -> tuple[Arrays, dict[str, Any]]:
    index = snapshot.index
    members, verifier = index.members, index.verifier
    arrays: Arrays = {"idf": members.vectoriser.idf, "owners": members.owners}
    tables = {
        "svm": members.svm.weights,
        "nearest": members.nearest,
        "bm25": members.bm25.counts,
        "negatives": members.negatives,
        "aspects": index.aspects.weights,
    }
    for name, table in tables.items():
        arrays |= {f"{name}.starts": table.starts, f"{name}.columns": table.columns, f"{name}.values": table.values}
    arrays |= {"svm.bias": members.svm.bias, "aspects.bias": index.aspects.bias}
    arrays |= {"verifier.mean": verifier.mean, "verifier.spread": verifier.spread, "verifier.weights": verifier.weights}
    meta = {
        "format": FORMAT,
        "schema": FEATURE_SCHEMA,
        "features": FEATURES,
        "revision": snapshot.revision,
        "model": snapshot.model,
        "items": [to_raw(item) for item in snapshot.content.items.values()],
        "classes": index.classes,
        "fingerprints": dict(index.fingerprints),
        "terms": "\n".join(members.vectoriser.terms),
        "words": list(members.bm25.words),
        "size": members.size,
        "widths": {name: table.width for name, table in tables.items()},
        "verifier_bias": verifier.bias,
        "thresholds": {"answer": index.thresholds.answer, "clarify": index.thresholds.clarify},
        "lexicon": _pack_lexicon(index.lexicon),
        "unigrams": dict(index.speller.unigrams),
        "bigrams": dict(index.speller.bigrams),
        "wordings": dict(snapshot.wordings),
    }
    return arrays, meta


def _unpack(members: Mapping[str, bytes], path: Path) -> Snapshot:
    meta = json.loads(members["meta.json"])
    if (meta["format"], meta["schema"], tuple(meta["features"])) != (FORMAT, FEATURE_SCHEMA, FEATURES):
        raise SnapshotError(f"{path} was built by another version of the program: run `troly train`")
    arrays = {
        name.removesuffix(".npy"): np.load(io.BytesIO(data), allow_pickle=False)
        for name, data in members.items()
        if name.endswith(".npy")
    }
    content = make_content([from_raw(raw) for raw in meta["items"]])
    wordings = {intent: tuple(texts) for intent, texts in meta["wordings"].items()}
    return Snapshot(meta["revision"], meta["model"], content, wordings, _unpack_index(arrays, meta))


def _unpack_index(arrays: Arrays, meta: Mapping[str, Any]) -> Index:
    def table(name: str) -> Postings:
        parts = (arrays[f"{name}.starts"], arrays[f"{name}.columns"], arrays[f"{name}.values"])
        return Postings(*parts, width=meta["widths"][name])

    members = Members(
        vectoriser=Vectoriser(meta["terms"].split("\n"), arrays["idf"]),
        svm=Linear(table("svm"), arrays["svm.bias"]),
        nearest=table("nearest"),
        owners=arrays["owners"],
        bm25=Bm25(tuple(meta["words"]), table("bm25")),
        negatives=table("negatives"),
        size=meta["size"],
    )
    verifier = Verifier(
        arrays["verifier.mean"], arrays["verifier.spread"], arrays["verifier.weights"], meta["verifier_bias"]
    )
    return Index(
        classes=tuple(meta["classes"]),
        fingerprints=meta["fingerprints"],
        members=members,
        aspects=Linear(table("aspects"), arrays["aspects.bias"]),
        verifier=verifier,
        thresholds=Thresholds(**meta["thresholds"]),
        lexicon=_unpack_lexicon(meta["lexicon"]),
        speller=Speller(meta["unigrams"], meta["bigrams"]),
    )


def _pack_lexicon(lexicon: Lexicon) -> dict[str, Any]:
    def rows(table: Mapping[Phrase, Phrase]) -> list[list[str]]:
        return [[" ".join(old), " ".join(new)] for old, new in table.items()]

    abbreviations = [[word, " ".join(meaning)] for word, meaning in lexicon.abbreviations.items()]
    return {"abbreviations": abbreviations, "phrases": rows(lexicon.phrases), "folded": rows(lexicon.folded_phrases)}


def _unpack_lexicon(raw: Mapping[str, Any]) -> Lexicon:
    def table(rows: list[list[str]]) -> dict[Phrase, Phrase]:
        return {tuple(old.split(" ")): tuple(new.split(" ")) for old, new in rows}

    abbreviations = {word: tuple(meaning.split(" ")) for word, meaning in raw["abbreviations"]}
    return Lexicon(abbreviations, table(raw["phrases"]), table(raw["folded"]))
