"""The fixed lines of the assistant, read from the Rasa domain that holds all of them."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from faq.settings import ROOT, Settings, load_settings

RESPONSES = ROOT / "bot" / "domain" / "responses.yml"


def load_phrases(path: Path, settings: Settings) -> Mapping[str, str]:
    """Read response name -> text; ``{days}`` and ``{limit}`` are filled from the settings."""
    responses = yaml.safe_load(path.read_text("utf-8"))["responses"]
    filled = {"{days}": str(settings.retention_days), "{limit}": f"{settings.longest_text:,}".replace(",", ".")}
    return {name: _fill(variations[0]["text"].strip(), filled) for name, variations in responses.items()}


def _fill(text: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, str]:
    """Give the lines of this process."""
    return load_phrases(RESPONSES, load_settings())
