"""The systems we compare with: published Rasa pipelines and a plain word search, taught the same wordings."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from bot.evaluation.processes import Bench, Result, run_job

_PROCESS = "bot.evaluation.rasa_process"
_FEATURIZERS: tuple[Mapping[str, Any], ...] = (
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
)


@dataclass(frozen=True)
class Peer:
    """A published Rasa pipeline.

    Attributes:
        epochs: Published number of DIET epochs.
        diet: Other published options of DIETClassifier.
        fallback: Published options of FallbackClassifier.
        source: Where the setting was published, and what of it is left out here because no intent depends on it.
    """

    label: str
    epochs: int
    diet: Mapping[str, Any]
    fallback: Mapping[str, Any]
    source: str


#: Neither setting has an intent for questions out of scope, so the written negatives teach no peer.
PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "default": Peer(
            "Rasa default",
            100,
            {"constrain_similarities": True, "random_seed": 42},
            {"threshold": 0.3, "ambiguity_threshold": 0.1},
            "rasa 3.6.21, rasa/cli/initial_project/config.yml with constrain_similarities; "
            "without EntitySynonymMapper and ResponseSelector; random_seed is ours",
        ),
        "burokratt": Peer(
            "Bürokratt",
            30,
            {"entity_recognition": False, "random_seed": 50},
            {"threshold": 0.8},
            "github.com/buerokratt/Training-Module, DSL/DMapper/locations/data/config.yml at 0fb46ba; "
            "without RegexEntityExtractor",
        ),
    }
)


def shortened(peer: Peer, epochs: int | None) -> Peer:
    """Limit a peer's epochs for a run that may not take hours."""
    return peer if epochs is None or epochs >= peer.epochs else replace(peer, epochs=epochs)


def config_of(peer: Peer) -> dict[str, Any]:
    """Give the Rasa configuration of a peer."""
    diet = {"name": "DIETClassifier", "epochs": peer.epochs, **peer.diet}
    fallback = {"name": "FallbackClassifier", **peer.fallback}
    return {
        "recipe": "default.v1",
        "assistant_id": "peer",
        "language": "vi",
        "pipeline": [*map(dict, _FEATURIZERS), diet, fallback],
    }


def training_data(wordings: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Give Rasa training data with one intent for each class; no class id has the "/" of a retrieval intent."""
    blocks = [
        {"intent": name, "examples": "".join(f"- {text}\n" for text in wordings[name])} for name in sorted(wordings)
    ]
    return {"version": "3.1", "nlu": blocks}


def trained(peer: Peer, wordings: Mapping[str, Sequence[str]], cache: Path, threads: int) -> Result:
    """Train a peer, or take the model that an earlier run trained from the same data and settings.

    Returns:
        ``model``, ``seconds``, ``peak_mb``, ``model_mb`` of the training, its ``threads``, and ``cached``.
    """
    files = {"config.yml": _yaml(config_of(peer)), "nlu.yml": _yaml(training_data(wordings))}
    folder = cache / _key(files)
    kept = folder / "trained.json"
    if kept.exists():
        return {**json.loads(kept.read_text("utf-8")), "cached": True}
    shutil.rmtree(folder, ignore_errors=True)  # what a stopped training left would make this one look faster
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    job = {"kind": "train", "config": str(folder / "config.yml"), "nlu": str(folder / "nlu.yml"), "output": str(folder)}
    result = run_job(_PROCESS, job, Bench(folder, threads)) | {"threads": threads, "epochs": peer.epochs}
    shutil.rmtree(folder / "rasa-cache", ignore_errors=True)
    kept.write_text(json.dumps(result), "utf-8")
    return {**result, "cached": False}


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000)


def _key(files: Mapping[str, str]) -> str:
    whole = "\0".join([version("rasa"), *files.values()])
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
