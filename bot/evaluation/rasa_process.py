"""The process of a Rasa peer: real training and real parsing, nothing of ours in between."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from bot.evaluation.processes import EvaluationError, Job, Result, measured, serve, timed

_KEPT = 3  # candidates kept of a parse
_WARM_UP = 20  # parses that are not timed: the first ones build TensorFlow's graph


def train(job: Job) -> Result:
    """Train a model: ``config``, ``nlu`` and ``output`` are paths."""
    model, took = measured(lambda: train_nlu(job["config"], job["nlu"], job["output"], fixed_model_name="model"))
    if model is None:
        raise EvaluationError(f"Rasa trained no model from {job['config']}")
    return took | {"model": model, "model_mb": Path(model).stat().st_size / 2**20}


def parse(job: Job) -> Result:
    """Parse all ``texts`` with a ``model``: what was declined, the best intents, milliseconds each."""
    agent, load_seconds = timed(lambda: Agent.load(job["model"]))
    asyncio.run(_parse_all(agent, job["texts"][:_WARM_UP]))
    rows, took = measured(lambda: asyncio.run(_parse_all(agent, job["texts"])))
    return {"rows": rows, "load_seconds": load_seconds, "parse_cpu_seconds": took["cpu_seconds"]}


async def _parse_all(agent: Agent, texts: list[str]) -> list[Result]:
    return [await _parse_one(agent, text) for text in texts]


async def _parse_one(agent: Agent, text: str) -> Result:
    loop = asyncio.get_running_loop()
    started = loop.time()
    parsed = await agent.parse_message(text)
    return row_of(parsed, (loop.time() - started) * 1000)


def row_of(parsed: dict[str, Any], milliseconds: float) -> Result:
    """Keep of a parse result what the evaluation needs."""
    ranking = parsed.get("intent_ranking") or []
    best = [(row["name"], row["confidence"]) for row in ranking if row["name"] != DEFAULT_NLU_FALLBACK_INTENT_NAME]
    declined = parsed["intent"]["name"] in (None, DEFAULT_NLU_FALLBACK_INTENT_NAME)
    return {"declined": declined, "best": best[:_KEPT], "ms": milliseconds}


if __name__ == "__main__":
    serve({"train": train, "parse": parse}, sys.argv[1:])
