"""Full training: from content, wordings and lexicon to a snapshot."""

import json
from dataclasses import replace

import numpy as np

from faq.matching.features import Vectoriser, fit_vectoriser
from faq.matching.fitting import fit_linear, fit_members
from faq.matching.index import ASPECT_CLASSES, Index, Snapshot, Thresholds
from faq.matching.members import Linear
from faq.matching.postings import postings_of_vectors
from faq.matching.prepare import Inputs, digest, prepare
from faq.matching.trials import train_verifier
from faq.text.noise import plain, unmark
from faq.text.normalise import normalise
from faq.text.spelling import Speller, count_words


def train(inputs: Inputs, revision: int) -> Snapshot:
    """Train everything; the same inputs give the same snapshot byte for byte.

    The thresholds are the start values; :func:`faq.matching.thresholds.fit_thresholds` moves them.
    """
    prepared = prepare(inputs)
    everything = [*(question.text for question in prepared.questions), *prepared.negatives]
    vectoriser = fit_vectoriser(everything)
    speller = Speller(*count_words([question.folded for question in everything]))
    verifier = train_verifier(prepared, inputs.lexicon, vectoriser, speller)
    members = fit_members(prepared.questions, prepared.answers, prepared.negatives, vectoriser)
    index = Index(
        classes=prepared.classes,
        fingerprints=prepared.fingerprints,
        members=members,
        aspects=_train_aspects(inputs, vectoriser),
        verifier=verifier,
        thresholds=Thresholds(),
        lexicon=inputs.lexicon,
        speller=speller,
    )
    return Snapshot(revision, model_digest(inputs), inputs.content, inputs.wordings, index)


def model_digest(inputs: Inputs) -> str:
    """Give a short digest of everything a training reads."""
    parts = [repr(item) for item in inputs.content.items.values()]
    parts += [json.dumps(inputs.wordings, sort_keys=True, ensure_ascii=False), repr(inputs.lexicon)]
    return digest(parts)


def _train_aspects(inputs: Inputs, vectoriser: Vectoriser) -> Linear:
    labelled: list[tuple[str, int]] = []
    for procedure in inputs.content.procedures:
        labelled += [(text, 0) for text in (procedure.title, *procedure.names, *procedure.variants)]
        for aspect, text in procedure.texts():
            labelled += [(variant, ASPECT_CLASSES.index(aspect)) for variant in text.variants]
    copies = [(form(text), label) for text, label in labelled for form in (plain, unmark)]
    vectors = [vectoriser.vector(normalise(text, inputs.lexicon)) for text, _ in copies]
    labels = np.array([label for _, label in copies], np.int32)
    if len(set(labels.tolist())) < 2:  # no procedure yet: every question is general
        return _constant(len(vectoriser))
    return fit_linear(vectors, labels, len(ASPECT_CLASSES), len(vectoriser))


def _constant(height: int) -> Linear:
    """A classifier without examples: class 0 wins always."""
    bias = np.full(len(ASPECT_CLASSES), -1.0, np.float32)
    bias[0] = 1.0
    return Linear(replace(postings_of_vectors([], height), width=len(ASPECT_CLASSES)), bias)
