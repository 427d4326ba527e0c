"""The secret that turns platform ids into sender keys."""

import os
import secrets
from functools import lru_cache
from pathlib import Path

from faq.settings import Settings


def hash_key(settings: Settings) -> str:
    """Give the secret of the settings, or the one made on the first start of this machine."""
    return settings.hash_key or _made_key(settings.var / "hash_key")


@lru_cache(maxsize=2)
def _made_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8")
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
    return path.read_text("utf-8")
