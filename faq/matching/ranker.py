"""Text in, ranked candidates out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

import numpy as np

from faq.entries.model import Procedure
from faq.matching.index import ASPECT_CLASSES, COMMAND, Snapshot
from faq.matching.members import Scores
from faq.matching.verifier import DEPTH, candidate_features, top_candidates
from faq.text.normalise import Normalised, normalise


@dataclass(frozen=True)
class Candidate:
    """A possible answer with the chance that it is the right one.

    Attributes:
        entry: Id of an entry or procedure, or ``command:<intent>``.
        aspect: Aspect asked of a procedure; "" for its overview and for entries.
        probability: Calibrated, in [0, 1].
    """

    entry: str
    probability: float
    aspect: str = ""


@dataclass(frozen=True)
class Ranking:
    """Candidates of one question, best first, and how familiar the question is.

    Attributes:
        known_share: Share of the question's rarity in words the index knows, in [0, 1].
        negative: Likeness to the nearest written negative, in [0, 1].
        nearest: Likeness to the nearest variants of the best entry.
    """

    candidates: tuple[Candidate, ...]
    known_share: float
    negative: float
    nearest: float


class Ranker:
    """Ranks the classes of one snapshot; one instance serves a whole process."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._numbers = {name: number for number, name in enumerate(snapshot.index.classes)}
        self._hidden: tuple[date, frozenset[int]] | None = None

    def normalise(self, text: str) -> Normalised:
        """Normalise a question the way the index was built."""
        return normalise(text, self.snapshot.index.lexicon, self.snapshot.index.speller)

    def rank(self, text: str, day: date) -> Ranking:
        """Rank all classes for one question.

        Args:
            text: Canonical text, 1 to 1,000 characters.
            day: Today in Asia/Ho_Chi_Minh; entries that start later are left out.
        """
        return self.rank_tokens(self.normalise(text), day)

    def rank_tokens(self, question: Normalised, day: date) -> Ranking:
        """Rank for a question that is normalised already."""
        index = self.snapshot.index
        scores = self._without_hidden(index.members.score(question), day)
        hidden = self._hidden_on(day)
        shown = (number for number in top_candidates(scores, DEPTH + len(hidden)) if number not in hidden)
        picked = list(islice(shown, DEPTH))
        chances = index.verifier.probabilities(candidate_features(scores, picked))
        order = sorted(range(len(picked)), key=lambda place: (-chances[place], place))
        aspect = self.aspect(question)
        candidates = [
            Candidate(name, float(chances[place]), aspect if self._is_procedure(name) else "")
            for place in order
            for name in (index.classes[picked[place]],)
        ]
        nearest = float(scores.knn.max(initial=0.0))
        return Ranking(tuple(candidates), scores.known_share, scores.negative, nearest)

    def aspect(self, question: Normalised) -> str:
        """Tell which aspect of a procedure a question asks for."""
        index = self.snapshot.index
        return ASPECT_CLASSES[int(np.argmax(index.aspects.scores(index.members.vectoriser.vector(question))))]

    def names(self) -> Sequence[str]:
        """All class names by number."""
        return self.snapshot.index.classes

    def _is_procedure(self, name: str) -> bool:
        return isinstance(self.snapshot.content.items.get(name), Procedure)

    def _without_hidden(self, scores: Scores, day: date) -> Scores:
        hidden = sorted(self._hidden_on(day))
        for values in (scores.svm, scores.knn, scores.bm25):
            values[hidden] = np.minimum(values[hidden], -10.0 if values is scores.svm else 0.0)
        return scores

    def _hidden_on(self, day: date) -> frozenset[int]:
        """Classes that may not be offered on a day: not begun, or replaced by one that has begun."""
        if self._hidden is None or self._hidden[0] != day:
            self._hidden = (day, frozenset(self._find_hidden(day)))
        return self._hidden[1]

    def _find_hidden(self, day: date) -> list[int]:
        content = self.snapshot.content
        return [self._numbers[name] for name in content.items if content.holding(name, day) != name]


def is_command(candidate: Candidate) -> bool:
    """Tell whether a candidate is a command of the dialogue."""
    return candidate.entry.startswith(COMMAND)
