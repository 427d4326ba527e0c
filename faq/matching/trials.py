"""Training the verifier on questions that the members had not seen.

Folds of variants give questions with a known entry; groups of classes left out whole give near misses; written
negatives give strangers. Three of five questions are made careless (nlu.md, "Verifier training").
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from faq.matching.features import Vectoriser
from faq.matching.fitting import fit_members
from faq.matching.members import Members
from faq.matching.prepare import Prepared
from faq.matching.verifier import Matrix, Verifier, candidate_features, top_candidates
from faq.text.lexicon import Lexicon
from faq.text.noise import half_unmark, plain, typos, unmark
from faq.text.normalise import Normalised, normalise
from faq.text.spelling import Speller

_FOLDS = 4  # variants are scored by members that did not see them
_GROUPS = 4  # groups of classes left out whole: their questions act as near misses
_TRIES = 600  # questions tried per fold or group; 14 weights need no more (docs/nlu/selector.md)
_NEGATIVE_WEIGHT = 2.0  # a written negative counts twice (nlu.md)
_FORMS: tuple[Callable[[str, Random], str], ...] = (plain, plain, unmark, half_unmark, typos)


@dataclass
class _Evidence:
    """Rows for the verifier, collected question by question."""

    blocks: list[Matrix] = field(default_factory=list)
    flags: list[bool] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, members: Members, question: Normalised, owner: int, weight: float) -> None:
        """Score one question; ``owner`` is -1 when no candidate is right."""
        scores = members.score(question)
        candidates = top_candidates(scores)
        self.blocks.append(candidate_features(scores, candidates))
        self.flags += [candidate == owner for candidate in candidates]
        self.weights += [weight] * len(candidates)


@dataclass(frozen=True)
class _Task:
    """Members to fit without some questions, and what those questions then stand for."""

    left_out: frozenset[int]  # question positions
    is_near_miss: bool


def train_verifier(prepared: Prepared, lexicon: Lexicon, vectoriser: Vectoriser, speller: Speller) -> Verifier:
    """Fit the verifier; the same inputs give the same weights."""
    evidence = _Evidence()
    for task in _tasks(prepared):
        _try_task(task, prepared, lexicon, vectoriser, speller, evidence)
    return fit_verifier(np.concatenate(evidence.blocks), np.array(evidence.flags), np.array(evidence.weights))


def _tasks(prepared: Prepared) -> Iterator[_Task]:
    for fold_number in range(_FOLDS):
        yield _Task(frozenset(range(fold_number, len(prepared.questions), _FOLDS)), is_near_miss=False)
    for group in range(_GROUPS):
        places = (place for place, question in enumerate(prepared.questions) if question.owner % _GROUPS == group)
        yield _Task(frozenset(places), is_near_miss=True)


def _try_task(
    task: _Task, prepared: Prepared, lexicon: Lexicon, vectoriser: Vectoriser, speller: Speller, evidence: _Evidence
) -> None:
    random = Random(min(task.left_out))
    kept = [question for place, question in enumerate(prepared.questions) if place not in task.left_out]
    half = len(prepared.negatives) // 2
    members = fit_members(kept, prepared.answers, prepared.negatives[:half], vectoriser)
    for place in sorted(random.sample(sorted(task.left_out), min(_TRIES, len(task.left_out)))):
        text = random.choice(_FORMS)(prepared.raw[place], random)
        owner = -1 if task.is_near_miss else prepared.questions[place].owner
        evidence.add(members, normalise(text, lexicon, speller), owner, 1.0)
    if not task.is_near_miss:
        for negative in prepared.negatives[half + min(task.left_out) :: _FOLDS]:
            evidence.add(members, negative, -1, _NEGATIVE_WEIGHT)


def fit_verifier(features: Matrix, is_right: NDArray[np.bool_], weights: Matrix) -> Verifier:
    """Fit on candidates of questions the members had not seen.

    Args:
        features: One row per candidate, columns as ``verifier.FEATURES``.
        is_right: Whether the candidate is the question's entry.
        weights: Importance of each row.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=1000).fit((features - mean) / spread, is_right, sample_weight=weights)
    return Verifier(
        mean.astype(np.float32),
        spread.astype(np.float32),
        model.coef_[0].astype(np.float32),
        float(model.intercept_[0]),
    )
