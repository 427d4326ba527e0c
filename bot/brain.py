"""Understanding and wording on one snapshot; imports neither Rasa nor the database."""

from dataclasses import dataclass
from functools import lru_cache

from faq.clock import today
from faq.dialogue.compose import Composer
from faq.dialogue.decide import Decider
from faq.dialogue.phrases import phrases
from faq.locality.wards import is_ward_question
from faq.matching.live import LiveSnapshot, Source
from faq.matching.ranker import Ranker
from faq.matching.wordings import load_labelled
from faq.settings import Settings


@dataclass(frozen=True)
class Brain:
    """A decider and a composer over one snapshot."""

    decider: Decider
    composer: Composer


@lru_cache(maxsize=2)
def brain_of(ranker: Ranker) -> Brain:
    """Give the brain of a snapshot; the one before stays at hand for turns under way."""
    return Brain(Decider(ranker, is_ward_question), Composer(ranker.snapshot.content, phrases()))


def open_live(settings: Settings, source: Source | None = None) -> LiveSnapshot:
    """Open the snapshot to serve; with a source it follows what is published."""
    golden = load_labelled(settings.nlu_data / "evaluation" / "golden.yml")
    return LiveSnapshot(settings.snapshots, golden, source, today)
