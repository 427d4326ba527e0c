"""Builds the spaCy package ``vi_troly``: a blank Vietnamese pipeline with an EntityRuler.

The ruler works on syllables, with and without marks: it found 99.3 % of literal phrases there and 85.9 % on
segmented words (nlu.md, "Other findings"). The package lies in ``var/spacy`` with the metadata that makes it
importable and visible to spaCy as an installed package.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from faq.entries.model import Content
from faq.locality.wards import old_ward_names
from faq.settings import Settings
from faq.text.syllables import fold

NAME = "vi_troly"
#: Folded forms shorter than this collide with other words ("thue", "phi").
_SHORTEST_FOLDED = 5
_INIT = '''"""Entities of the assistant; built by `troly train`."""

from spacy.util import load_model_from_init_py


def load(**overrides):
    """Load the pipeline."""
    return load_model_from_init_py(__file__, **overrides)
'''


def folder(settings: Settings) -> Path:
    """Give the folder that must be on the import path."""
    return settings.var / "spacy"


def make_importable(settings: Settings) -> None:
    """Put the package on the import path of this process."""
    if str(folder(settings)) not in sys.path:
        sys.path.insert(0, str(folder(settings)))


def patterns(content: Content, lookups: Path) -> list[dict[str, str]]:
    """Collect all phrases with their label and id, sorted, each also without marks where that is safe."""
    found = {pattern["pattern"]: pattern for pattern in _phrases(content, lookups)}
    for phrase, pattern in list(found.items()):
        folded = fold(phrase)
        if len(folded.replace(" ", "")) >= _SHORTEST_FOLDED:
            found.setdefault(folded, {**pattern, "pattern": folded})
    return [found[phrase] for phrase in sorted(found)]


def _phrases(content: Content, lookups: Path) -> Iterator[dict[str, str]]:
    for aspect, phrases in yaml.safe_load((lookups / "aspects.yml").read_text("utf-8")).items():
        yield from ({"label": "aspect", "pattern": phrase, "id": aspect} for phrase in phrases)
    for phrase, name in yaml.safe_load((lookups / "agencies.yml").read_text("utf-8")).items():
        yield {"label": "agency", "pattern": phrase, "id": name}
    for ward in old_ward_names():
        yield {"label": "ward", "pattern": ward.lower(), "id": ward}
    for procedure in content.procedures:
        yield from ({"label": "procedure", "pattern": name.lower(), "id": procedure.id} for name in procedure.names)


def build(content: Content, settings: Settings) -> bool:
    """Build the package when its phrases changed.

    Returns:
        Whether it was built anew.
    """
    rows = patterns(content, settings.nlu_data / "lookups")
    digest = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:12]
    place = folder(settings)
    mark = place / "DIGEST"
    if mark.exists() and mark.read_text("utf-8") == digest:
        return False
    shutil.rmtree(place, ignore_errors=True)
    _write(_pipeline(rows), place)
    mark.write_text(digest, "utf-8")
    return True


def _pipeline(rows: list[dict[str, str]]) -> Any:
    import spacy  # 1.4 s to import; needed only here

    nlp = spacy.blank("vi", config={"nlp": {"tokenizer": {"use_pyvi": False}}})
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns(rows)  # type: ignore[attr-defined]  # the factory is typed as a plain callable
    return nlp


def _write(nlp: Any, place: Path) -> None:
    version = "1.0.0"
    nlp.meta.update(name=NAME.removeprefix("vi_"), version=version)
    data = place / NAME / f"{NAME}-{version}"
    data.parent.mkdir(parents=True)
    nlp.to_disk(data)
    (place / NAME / "__init__.py").write_text(_INIT, "utf-8")
    shutil.copyfile(data / "meta.json", place / NAME / "meta.json")
    info = place / f"{NAME}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n", "utf-8")
