"""The real word lists and the real wordings, read once."""

from pathlib import Path

import pytest

from faq.entries.folder import read_content
from faq.entries.model import Content, Procedure
from faq.text.lexicon import Lexicon, load_lexicon
from faq.text.noise import unmark
from faq.text.normalise import normalise
from faq.text.spelling import Speller, count_words

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    """Give the word lists the assistant is trained with."""
    return load_lexicon(ROOT / "nlu_data" / "lexicon")


@pytest.fixture(scope="session")
def questions() -> tuple[str, ...]:
    """Give every wording of the answer base, in a fixed order."""
    return tuple(dict.fromkeys(_wordings(read_content(ROOT / "faq" / "content"))))


@pytest.fixture(scope="session")
def speller(lexicon: Lexicon, questions: tuple[str, ...]) -> Speller:
    """Give the speller a training builds from the wordings, with and without marks."""
    texts = [*questions, *map(unmark, questions)]
    return Speller(*count_words([normalise(text, lexicon).folded for text in texts]))


def _wordings(content: Content) -> list[str]:
    found: list[str] = []
    for item in content.items.values():
        found += [item.title, item.label]
        if isinstance(item, Procedure):
            found += [*item.names, *item.variants]
        found += [variant for _, text in item.texts() for variant in text.variants]
    return found
