"""A training is the same wherever and whenever it runs."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from faq.matching.build import model_digest
from faq.matching.index import Snapshot
from faq.matching.snapshot import write_snapshot
from faq.text.lexicon import Lexicon
from tests.faq.small import ROOT, small_inputs, without_items

_TRAIN_AGAIN = """
import sys
from pathlib import Path
from faq.matching.snapshot import write_snapshot
from tests.faq.small import small_snapshot
write_snapshot(small_snapshot(), Path(sys.argv[1]))
"""


def test_another_process_trains_the_same_bytes(small: Snapshot, tmp_path: Path) -> None:
    """Neither the seed of Python's hashes nor the order of a set may show in the file."""
    write_snapshot(small, tmp_path / "here.snapshot")
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", _TRAIN_AGAIN, str(tmp_path / "there.snapshot")], cwd=ROOT, env=environment, check=True
    )

    assert (tmp_path / "here.snapshot").read_bytes() == (tmp_path / "there.snapshot").read_bytes()


def test_the_model_digest_tells_what_a_training_reads() -> None:
    inputs = small_inputs()
    wordings = {**inputs.wordings, "menu": (*inputs.wordings["menu"], "mục lục")}
    others = [
        replace(inputs, content=without_items(inputs.content, "tam-tru")),
        replace(inputs, wordings=wordings),
        replace(inputs, lexicon=Lexicon()),
    ]

    assert model_digest(inputs) == model_digest(replace(inputs))
    assert len({model_digest(other) for other in (inputs, *others)}) == 4
