"""Repair of words the answer base has never seen: one slip of the finger, or missing blanks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from math import log

from rapidfuzz.distance import OSA

from faq.text.syllables import is_syllable

#: Words shorter than this have too many neighbours at one edit.
SHORTEST_REPAIRED = 3
#: Letters of the longest syllable ("nghiêng"); a longer unknown word is several that run together.
LONGEST_SYLLABLE = 7
#: Letters above which nobody runs words together; it bounds the work for a hostile message.
LONGEST_SPLIT = 64
#: How often the answer base must use a pair of words before a word as short as a syllable is cut into it.
FEWEST_PAIRS = 3
_LONGEST_PIECE = 12  # letters: "vietcombank"
_SHORTEST_NAME = 3  # letters of a piece that is no syllable: "otp"
_SINGLE_PIECES = "aeouy"  # words of one letter without marks: ở, ý, e (em), a (anh)

_VOWEL = re.compile("[aeiouy]")

_Path = tuple[float, tuple[str, ...]]


class Speller:
    """Folded vocabulary of a snapshot with the word pairs seen in it.

    Args:
        unigrams: Folded word -> how often the variants use it.
        bigrams: ``"a b"`` -> how often b follows a.
    """

    def __init__(self, unigrams: Mapping[str, int], bigrams: Mapping[str, int]) -> None:
        self.unigrams = unigrams
        self.bigrams = bigrams

    @cached_property
    def _neighbours(self) -> Mapping[str, Sequence[str]]:
        """A word with one letter left out, or none -> the known words that become it: finds one edit in no time."""
        table: dict[str, list[str]] = {}
        for word in sorted(self.unigrams):
            for rest in _without_one_letter(word):
                table.setdefault(rest, []).append(word)
        return table

    @cached_property
    def _total(self) -> int:
        return sum(self.unigrams.values()) or 1

    def knows(self, word: str) -> bool:
        """Tell whether the answer base uses this folded word."""
        return word in self.unigrams

    def repair(self, word: str, before: str, after: str) -> tuple[str, ...]:
        """Give the likeliest known reading of one unknown folded word.

        Args:
            word: Folded, letters only.
            before: Folded word in front, or "".
            after: Folded word behind, or "".

        Returns:
            One word, several when blanks were missing, or ``(word,)`` unchanged.
        """
        if self.knows(word) or not _is_repairable(word):
            return (word,)
        if len(word) <= LONGEST_SYLLABLE and not is_syllable(word) and self._is_usual(parts := self.split(word)):
            return parts
        near = self._near(word)
        if near:
            return (max(near, key=lambda other: (self._fit(other, before, after), other)),)
        return (self.split(word) if len(word) > LONGEST_SYLLABLE else ()) or (word,)

    def split(self, word: str) -> tuple[str, ...]:
        """Cut a run-together word into known words by the likeliest path; empty when there is none."""
        paths: list[_Path | None] = [(0.0, ())]
        for end in range(1, len(word) + 1):
            paths.append(max(self._paths_to(end, word, paths), default=None))
        found = paths[-1]
        return found[1] if found and len(found[1]) > 1 else ()

    def _paths_to(self, end: int, word: str, paths: Sequence[_Path | None]) -> Iterator[_Path]:
        for start in range(max(0, end - _LONGEST_PIECE), end):
            piece, head = word[start:end], paths[start]
            if head is not None and piece in self.unigrams and _is_piece(piece):
                score = head[0] + self._log_probability(piece, head[1][-1] if head[1] else "")
                yield score, (*head[1], piece)

    def _is_usual(self, parts: Sequence[str]) -> bool:
        return bool(parts) and all(self.bigrams.get(f"{a} {b}", 0) >= FEWEST_PAIRS for a, b in pairwise(parts))

    def _near(self, word: str) -> set[str]:
        found = {other for rest in _without_one_letter(word) for other in self._neighbours.get(rest, ())}
        return {other for other in found if OSA.distance(word, other, score_cutoff=1) <= 1}

    def _log_probability(self, word: str, before: str) -> float:
        pair = self.bigrams.get(f"{before} {word}", 0)
        return log((self.unigrams[word] + 20 * pair) / self._total) - (3.0 if len(word) == 1 else 0.0)

    def _fit(self, word: str, before: str, after: str) -> float:
        pairs = self.bigrams.get(f"{before} {word}", 0) + self.bigrams.get(f"{word} {after}", 0)
        return 10.0 * pairs + log(1 + self.unigrams[word])


def count_words(texts: Sequence[Sequence[str]]) -> tuple[dict[str, int], dict[str, int]]:
    """Count words and neighbouring pairs of folded token lists, in sorted order."""
    unigrams: dict[str, int] = {}
    bigrams: dict[str, int] = {}
    for tokens in texts:
        for index, token in enumerate(tokens):
            unigrams[token] = unigrams.get(token, 0) + 1
            if index:
                pair = f"{tokens[index - 1]} {token}"
                bigrams[pair] = bigrams.get(pair, 0) + 1
    return dict(sorted(unigrams.items())), dict(sorted(bigrams.items()))


def _without_one_letter(word: str) -> set[str]:
    return {word} | {word[:index] + word[index + 1 :] for index in range(len(word))}


def _is_repairable(word: str) -> bool:
    """Whether a slip may be assumed: never in a short form without a vowel, "dkkd" is not "dkkh"."""
    return word.isalpha() and SHORTEST_REPAIRED <= len(word) <= LONGEST_SPLIT and bool(_VOWEL.search(word))


def _is_piece(word: str) -> bool:
    """Whether a known word may be part of a run-together one; left-over letters ("s", "tk") may not."""
    if len(word) == 1:
        return word in _SINGLE_PIECES
    return is_syllable(word) or len(word) >= _SHORTEST_NAME
