"""Quick rebuild after a publication: only what changed is fitted again, beside the traffic.

The verifier, the thresholds and the borders of unchanged classes stay those of the last full training;
`troly train` refits all of it. Why this is enough: docs/adr/0006-publish-without-training.md.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from faq.entries.model import Content
from faq.matching.bm25 import rebuild_bm25
from faq.matching.features import Ints, Vector, fit_vectoriser
from faq.matching.fitting import SMALLEST_WEIGHT, columns_of, fit_some_borders
from faq.matching.index import Index, Snapshot
from faq.matching.members import Linear, Members, documents
from faq.matching.postings import Postings, rebuild_columns
from faq.matching.prepare import Inputs, Prepared, prepare_classes
from faq.text.spelling import Speller, count_words


def republish(base: Snapshot, content: Content, revision: int) -> Snapshot:
    """Make the snapshot of a new revision from the last one.

    Returns:
        A snapshot that answers exactly the items of ``content``; the base when nothing changed.
    """
    inputs = Inputs(content, base.wordings, base.index.lexicon)
    prepared = prepare_classes(inputs, known=base.index.fingerprints)
    changed = [name for name in prepared.classes if prepared.fingerprints[name] != base.index.fingerprints.get(name)]
    if not changed and prepared.classes == base.index.classes:
        return replace(base, revision=revision, content=content)
    index = _rebuild(base.index, prepared, set(changed))
    return Snapshot(revision, base.model, content, base.wordings, index)


def _rebuild(index: Index, prepared: Prepared, changed: set[str]) -> Index:
    numbers = {name: number for number, name in enumerate(prepared.classes)}
    keep = [-1 if name in changed else numbers.get(name, -1) for name in index.classes]
    fresh = sorted(numbers[name] for name in changed)
    members = _rebuild_members(index.members, prepared, keep, fresh)
    speller = _taught(index.speller, prepared)
    return replace(
        index, classes=prepared.classes, fingerprints=prepared.fingerprints, members=members, speller=speller
    )


def _taught(speller: Speller, prepared: Prepared) -> Speller:
    """Add the words of the changed classes, so that a new name is not taken for a slip of an old one."""
    unigrams, bigrams = count_words([question.text.folded for question in prepared.questions])
    return Speller(
        {word: speller.unigrams.get(word, 0) + unigrams.get(word, 0) for word in {**speller.unigrams, **unigrams}},
        {pair: speller.bigrams.get(pair, 0) + bigrams.get(pair, 0) for pair in {**speller.bigrams, **bigrams}},
    )


def _rebuild_members(members: Members, prepared: Prepared, keep: Sequence[int], fresh: Sequence[int]) -> Members:
    size = len(prepared.classes)
    vectoriser = fit_vectoriser([question.text for question in prepared.questions], members.vectoriser, fewest=1)
    vectors = [(question.owner, vectoriser.vector(question.text)) for question in prepared.questions]
    owners, columns = _place_columns(members, keep, [owner for owner, _ in vectors])
    old_count = len(members.owners)
    added = {columns[old_count + place]: vector for place, (_, vector) in enumerate(vectors)}
    nearest = rebuild_columns(members.nearest, columns[:old_count], added, len(vectoriser), len(owners))
    bags = documents(prepared.questions, prepared.answers)
    height = len(vectoriser)
    return replace(
        members,
        vectoriser=vectoriser,
        svm=_refit_svm(members.svm, keep, fresh, nearest, owners, height, size),
        nearest=nearest,
        owners=owners,
        bm25=rebuild_bm25(members.bm25, keep, {number: bags[number] for number in fresh}, size),
        negatives=_heighten(members.negatives, height),
        size=size,
    )


def _place_columns(members: Members, keep: Sequence[int], new_owners: Sequence[int]) -> tuple[Ints, list[int]]:
    """Order old and new question columns by owner; give the owners and each column's new number (-1: gone)."""
    old = np.array(keep, np.int32)[members.owners]
    everyone = np.concatenate([old, np.array(new_owners, np.int32)])
    order = np.argsort(everyone, kind="stable")
    order = order[everyone[order] >= 0]
    places = np.full(len(everyone), -1, np.int64)
    places[order] = np.arange(len(order))
    return everyone[order].astype(np.int32), places.tolist()


def _refit_svm(
    svm: Linear,
    keep: Sequence[int],
    fresh: Sequence[int],
    nearest: Postings,
    owners: Ints,
    height: int,
    size: int,
) -> Linear:
    bias = np.full(size, -1.0, np.float32)
    for old, new in enumerate(keep):
        if new >= 0:
            bias[new] = svm.bias[old]
    added: dict[int, Vector] = {}
    for number, weights, offset in fit_some_borders(columns_of(nearest), owners, fresh, height):
        terms = np.flatnonzero(np.abs(weights) >= SMALLEST_WEIGHT).astype(np.int32)
        added[number], bias[number] = Vector(terms, weights[terms]), offset
    return Linear(rebuild_columns(svm.weights, keep, added, height, size), bias)


def _heighten(postings: Postings, height: int) -> Postings:
    return rebuild_columns(postings, range(postings.width), {}, height, postings.width)
