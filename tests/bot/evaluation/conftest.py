"""A tiny answer base on which systems train in seconds."""

from datetime import date
from pathlib import Path

import pytest

from bot.evaluation.sets import Case
from faq.entries.folder import read_content
from faq.entries.model import Content, make_content
from faq.matching.build import train
from faq.matching.index import Snapshot
from faq.matching.prepare import Inputs
from faq.matching.wordings import load_wordings
from faq.settings import ROOT
from faq.text.lexicon import load_lexicon

DAY = date(2026, 11, 24)
NLU_DATA = ROOT / "nlu_data"


@pytest.fixture(scope="session")
def content() -> Content:
    """Give the whole checked content."""
    return read_content(ROOT / "faq" / "content")


@pytest.fixture(scope="session")
def tiny_content(content: Content) -> Content:
    """Give two entries, a signpost and a procedure."""
    signpost = next(entry for entry in content.entries if entry.kind == "signpost")
    procedure = content.procedures[0]
    plain = [entry for entry in content.entries if entry.kind == "answer" and entry.text.valid_from is None][:2]
    return make_content([*plain, signpost, procedure])


@pytest.fixture(scope="session")
def tiny_snapshot(tiny_content: Content) -> Snapshot:
    """Give a snapshot of the tiny content."""
    inputs = Inputs(tiny_content, load_wordings(NLU_DATA), load_lexicon(NLU_DATA / "lexicon"))
    return train(inputs, revision=7)


@pytest.fixture
def validation_rows() -> Path:
    """Give the file on which thresholds are fitted."""
    return NLU_DATA / "evaluation" / "validation.yml"


@pytest.fixture
def asked() -> Case:
    """Give a question about one aspect of a procedure."""
    return Case("khai sinh tốn bao nhiêu", "khai-sinh", frozenset({"khai-sinh", "ks"}), "fee")
