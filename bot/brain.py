"""Understanding and wording on one snapshot; imports neither Rasa nor the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from faq.locality.wards import is_ward_question

from faq.clock import today
from faq.dialogue.compose import Composer
from faq.dialogue.decide import Decider
from faq.matching.live import LiveSnapshot, Source
from faq.matching.ranker import Ranker
from faq.matching.wordings import load_labelled
from faq.settings import ROOT, Settings

RESPONSES = ROOT / "bot" / "domain" / "responses.yml"


@dataclass(frozen=True)
class Brain:
    """A decider and a composer over one snapshot."""

    decider: Decider
    composer: Composer


@lru_cache(maxsize=2)
def brain_of(ranker: Ranker) -> Brain:
    """Give the brain of a snapshot; the one before stays at hand for turns under way."""
    return Brain(Decider(ranker, is_ward_question), Composer(ranker.snapshot.content, phrases()))


@lru_cache(maxsize=1)
def phrases(path: Path = RESPONSES) -> Mapping[str, str]:
    """Read the fixed lines from the Rasa domain: response name -> text."""
    responses = yaml.safe_load(path.read_text("utf-8"))["responses"]
    return {name: variations[0]["text"].strip() for name, variations in responses.items()}


def open_live(settings: Settings, source: Source | None = None) -> LiveSnapshot:
    """Open the snapshot to serve; with a source it follows what is published."""
    golden = load_labelled(settings.nlu_data / "evaluation" / "golden.yml")
    return LiveSnapshot(settings.snapshots, golden, source, today)
