"""The live snapshot that the parts of one Rasa process share."""

from functools import lru_cache

from bot.brain import open_live
from faq.db import connect
from faq.entries.store import current_revision, read_published
from faq.matching.live import LiveSnapshot, Source
from faq.settings import load_settings


@lru_cache(maxsize=1)
def shared_live() -> LiveSnapshot:
    """Open the one live snapshot of this process and begin to watch for new revisions."""
    settings = load_settings()
    engine = connect(settings.database_url)
    live = open_live(settings, Source(lambda: current_revision(engine), lambda: read_published(engine)))
    live.watch(settings.refresh_seconds)
    return live
