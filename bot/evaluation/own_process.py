"""The process of our own matcher and of the plain word search."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.evaluation.processes import EvaluationError, Job, Result, measured, serve, timed
from bot.evaluation.sets import known_rows
from bot.evaluation.word_search import WordSearch
from faq.entries.model import Content, make_content
from faq.matching.build import train
from faq.matching.index import Snapshot
from faq.matching.prepare import Inputs
from faq.matching.ranker import Ranker
from faq.matching.republish import republish
from faq.matching.snapshot import read_snapshot, write_snapshot
from faq.matching.thresholds import BUTTONS, fit_thresholds
from faq.matching.wordings import load_labelled

_WARM_UP = 20  # questions that are not timed, as for the Rasa peers
_NEW_WORDING = "câu hỏi mới tinh chưa ai hỏi về chuyện xuất bản"  # no such wording exists: only a rebuild knows it


def train_selector(job: Job) -> Result:
    """Train on the ``items`` of a ``snapshot`` as `troly train` does, and write it to ``output``."""
    base, output = read_snapshot(Path(job["snapshot"])), Path(job["output"])
    content = make_content([base.content.items[name] for name in job["items"]])
    inputs = Inputs(content, base.wordings, base.index.lexicon)
    trained, took = measured(lambda: _trained(inputs, base.revision, job))
    write_snapshot(trained, output)
    return took | {"model_mb": output.stat().st_size / 2**20}


def _trained(inputs: Inputs, revision: int, job: Job) -> Snapshot:
    rows = known_rows(load_labelled(Path(job["validation"])), frozenset(inputs.content.items))
    return fit_thresholds(train(inputs, revision), rows, date.fromisoformat(job["day"]))


def ask_selector(job: Job) -> Result:
    """Rank all ``texts`` with a ``snapshot`` on a ``day``."""
    day = date.fromisoformat(job["day"])
    ranker, load_seconds = timed(lambda: Ranker(read_snapshot(Path(job["snapshot"]))))
    for text in job["texts"][:_WARM_UP]:
        ranker.rank(text, day)
    rows, took = measured(lambda: [_row(ranker, text, day) for text in job["texts"]])
    return {"rows": rows, "load_seconds": load_seconds, "parse_cpu_seconds": took["cpu_seconds"]}


def _row(ranker: Ranker, text: str, day: date) -> Result:
    ranking, seconds = timed(lambda: ranker.rank(text, day))
    best = [(guess.entry, guess.probability, guess.aspect) for guess in ranking.candidates[:BUTTONS]]
    return {"best": best, "ms": seconds * 1000}


def publish(job: Job) -> Result:
    """Publish one new wording on a ``snapshot``: seconds until a server that loads the file answers it."""
    path = Path(job["snapshot"])
    base = read_snapshot(path)
    name, content = _with_new_wording(base.content)
    ranker, seconds = timed(lambda: _republished(base, content, Path(job["output"])))
    best = ranker.rank(_NEW_WORDING, date.fromisoformat(job["day"])).candidates[0].entry
    if best != name:
        raise EvaluationError(f"the published wording found {best} instead of {name}: look at faq.matching.republish")
    return {"seconds": seconds}


def _with_new_wording(content: Content) -> tuple[str, Content]:
    entry = next(item for item in content.entries if not item.replaces and item.text.valid_from is None)
    changed = replace(entry, text=replace(entry.text, variants=(*entry.text.variants, _NEW_WORDING)))
    return entry.id, make_content([*(item for item in content.items.values() if item.id != entry.id), changed])


def _republished(base: Snapshot, content: Content, output: Path) -> Ranker:
    write_snapshot(republish(base, content, base.revision + 1), output)
    return Ranker(read_snapshot(output))


def ask_words(job: Job) -> Result:
    """Fit the word search on ``wordings`` and ask it all ``texts``."""
    search, took = measured(lambda: WordSearch(job["wordings"]))
    for text in job["texts"][:_WARM_UP]:
        search.rank(text)
    rows, asking = measured(lambda: [_found(search, text) for text in job["texts"]])
    return took | {"rows": rows, "parse_cpu_seconds": asking["cpu_seconds"]}


def _found(search: WordSearch, text: str) -> Result:
    guesses, seconds = timed(lambda: search.rank(text))
    return {"best": [(guess.name, guess.confidence) for guess in guesses], "ms": seconds * 1000}


if __name__ == "__main__":
    serve(
        {"train_selector": train_selector, "ask_selector": ask_selector, "publish": publish, "ask_words": ask_words},
        sys.argv[1:],
    )
