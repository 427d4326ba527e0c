"""A plain BM25 search over the pooled wordings of each class: what a search box would find."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product

from bot.evaluation.outcomes import Guess
from faq.matching.bm25 import K1, fit_bm25
from faq.matching.index import Thresholds
from faq.matching.thresholds import Trial, cost

_STEPS = [round(step * 0.02, 2) for step in range(1, 48)]  # the grid on which our own thresholds are fitted
_WORD = re.compile(r"\w+")


class WordSearch:
    """BM25 (Lucene's idf) on lower-case words with their marks: no folding, no lexicon, no repair of spelling.

    Args:
        wordings: Class -> wordings.
    """

    def __init__(self, wordings: Mapping[str, Sequence[str]]) -> None:
        self.names = tuple(sorted(wordings))
        self._bm25 = fit_bm25([Counter(_words(" ".join(wordings[name]))) for name in self.names])
        self._rarest = float(self._bm25.idf.max())

    def rank(self, text: str, most: int = 3) -> list[Guess]:
        """Rank classes; the confidence is the score's share of the best score the question could have."""
        asked = list(dict.fromkeys(_words(text)))
        query = self._bm25.query(asked)
        scores = self._bm25.scores(query)
        best = sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:most]
        known = float(self._bm25.idf[query.terms].sum())
        bound = (K1 + 1) * (known + self._rarest * (len(asked) - len(query.terms)))
        return [Guess(self.names[place], float(scores[place]) / max(bound, 1e-6)) for place in best]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def fit_borders(trials: Sequence[Trial]) -> Thresholds:
    """Fit both borders on the validation set with the same costs as our own: the fairest a plain search can get."""
    pairs = [Thresholds(answer, clarify) for answer, clarify in product(_STEPS, _STEPS) if clarify <= answer]
    return min(pairs, key=lambda pair: (round(cost(trials, pair), 4), -pair.answer, pair.clarify))
