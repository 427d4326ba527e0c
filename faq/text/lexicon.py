"""The growing word lists of the FAQ team: abbreviations and regional or wrong names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from faq.errors import ContentError
from faq.text.syllables import fold_key, is_unmarked, tone_key, words

#: Shorter phrases collide once folded ("má", "mã", "mà"): measured in nlu.md, "Normaliser".
SHORTEST_FOLDED_PHRASE = 5

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """Replacement tables over tokens.

    Attributes:
        abbreviations: Tone key of one token -> tone keys of its meaning; a token that means itself stays as typed.
        phrases: Tone keys -> tone keys; the longest match wins.
        folded_phrases: The same without marks, for text typed without marks or with some of them.
    """

    abbreviations: Mapping[str, Phrase] = field(default_factory=dict)
    phrases: Mapping[Phrase, Phrase] = field(default_factory=dict)
    folded_phrases: Mapping[Phrase, Phrase] = field(default_factory=dict)

    @cached_property
    def longest(self) -> int:
        """Syllables in the longest phrase."""
        return max((len(phrase) for phrase in self.phrases), default=0)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the lists, with and without marks: such a token needs no decoding and no repair."""
        written = {*self.abbreviations}.union(*self.abbreviations.values(), *self.phrases, *self.phrases.values())
        return frozenset(written | {fold_key(key) for key in written})

    @cached_property
    def _starts(self) -> Mapping[str, int]:
        """Folded first word of a phrase -> length of the longest phrase that begins with it."""
        starts: dict[str, int] = {}
        for phrase in self.phrases:
            first = fold_key(phrase[0])
            starts[first] = max(starts.get(first, 0), len(phrase))
        return starts

    @cached_property
    def _marked(self) -> Mapping[Phrase, Sequence[Phrase]]:
        """Folded phrase -> the phrases with marks it may stand for."""
        marked: dict[Phrase, list[Phrase]] = {}
        for phrase in self.phrases:
            marked.setdefault(_bare(phrase), []).append(phrase)
        return marked

    def longest_match(self, tokens: Sequence[str], folded: Sequence[str], start: int) -> tuple[int, Phrase] | None:
        """Find the longest phrase at a position.

        Args:
            tokens: Tone keys.
            folded: The same tokens without marks.
            start: Position in both.

        Returns:
            How many tokens it covers and what stands for them; None when no phrase begins here.
        """
        for length in range(min(self._starts.get(folded[start], 0), len(tokens) - start), 0, -1):
            new = self._meaning(tuple(tokens[start : start + length]), tuple(folded[start : start + length]))
            if new is not None:
                return length, new
        return None

    def _meaning(self, stretch: Phrase, bare: Phrase) -> Phrase | None:
        if stretch in self.phrases:
            return self.phrases[stretch]
        if bare not in self.folded_phrases:
            return None
        if not any(_agree(stretch, phrase) for phrase in self._marked.get(bare, ())):
            return None
        new = self.folded_phrases[bare]
        return stretch if _bare(new) == bare else new  # protected words get no marks they may not mean


def keys(text: str) -> Phrase:
    """Give the tone keys of a text."""
    return tuple(tone_key(word) for word in words(text))


def build_lexicon(
    abbreviations: Mapping[str, str], regional: Mapping[str, str], marked: Mapping[str, str] | None = None
) -> Lexicon:
    """Compile the word lists; a phrase that maps to itself protects its words from shorter rules.

    Args:
        abbreviations: One token -> its meaning.
        regional: Phrase -> what the entries call it.
        marked: The same for phrases that read as something else without marks ("qua đời", "quá đổi").
    """
    phrases = {keys(old): keys(new) for old, new in regional.items()}
    folded = {_bare(old): new for old, new in phrases.items() if len("".join(_bare(old))) >= SHORTEST_FOLDED_PHRASE}
    phrases |= {keys(old): keys(new) for old, new in (marked or {}).items()}
    return Lexicon({tone_key(word.lower()): keys(new) for word, new in abbreviations.items()}, phrases, folded)


def load_lexicon(folder: Path) -> Lexicon:
    """Read ``abbreviations.yml``, ``regional.yml`` and ``marked.yml`` of a folder (nlu_data/lexicon).

    Raises:
        ContentError: A file is not a list of "old: new" lines.
    """
    return build_lexicon(*(_read(folder / f"{name}.yml") for name in ("abbreviations", "regional", "marked")))


def replace_phrases(tokens: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Replace the longest phrases from left to right; tokens without marks may match without marks."""
    return _walk(tokens, lexicon, {})


def expand(tokens: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Write short forms in full, except inside a phrase, which is replaced as a whole."""
    return _walk(tokens, lexicon, lexicon.abbreviations)


def _walk(tokens: Sequence[str], lexicon: Lexicon, short_forms: Mapping[str, Phrase]) -> list[str]:
    folded = [fold_key(token) for token in tokens]
    result: list[str] = []
    position = 0
    while position < len(tokens):
        alone = 1, short_forms.get(tokens[position], (tokens[position],))
        length, new = lexicon.longest_match(tokens, folded, position) or alone
        result.extend(new)
        position += length
    return result


def _read(path: Path) -> dict[str, str]:
    # "no" and "on" are short forms here, not truth values.
    table = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506, builds nothing but text
    if not isinstance(table, dict) or not all(isinstance(new, str) and new for new in table.values()):
        raise ContentError(f"{path}: write one 'old: new' a line, both as plain text")
    return table


def _bare(phrase: Phrase) -> Phrase:
    return tuple(fold_key(key) for key in phrase)


def _agree(stretch: Phrase, phrase: Phrase) -> bool:
    """Whether each token is the phrase's word, with or without its marks."""
    return all(token == key or is_unmarked(token) for token, key in zip(stretch, phrase, strict=True))
