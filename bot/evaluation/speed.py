"""Costs: percentiles of times, and what a system needs to learn, to serve and to publish."""

from collections.abc import Sequence

import numpy as np

from bot.evaluation.processes import Result

#: Measures in the order of the table, with their unit.
MEASURES = {
    "train_seconds": "full training, s",
    "train_peak_mb": "peak memory of training, MB",
    "publish_seconds": "a new wording is answerable after, s",
    "model_mb": "model file, MB",
    "load_seconds": "loading, s",
    "serve_peak_mb": "peak memory of serving, MB",
    "p50_ms": "understanding one message, p50, ms",
    "p95_ms": "understanding one message, p95, ms",
}
Costs = dict[str, float | None]


def percentiles(milliseconds: Sequence[float]) -> Costs:
    """Give the median and the 95th percentile."""
    median, high = np.percentile(milliseconds, [50, 95])
    return {"p50_ms": float(median), "p95_ms": float(high)}


def costs(training: Result, serving: Result, publish_seconds: float) -> Costs:
    """Collect the measures of one system.

    Args:
        training: ``seconds``; ``peak_mb`` and ``model_mb`` where they have a meaning.
        serving: ``rows`` with ``ms``; ``peak_mb`` and ``load_seconds`` where they have a meaning.
        publish_seconds: From a new wording to its first answer.
    """
    values: Costs = {
        "train_seconds": training["seconds"], "train_peak_mb": training.get("peak_mb"),
        "publish_seconds": publish_seconds, "model_mb": training.get("model_mb"),
        "load_seconds": serving.get("load_seconds"), "serve_peak_mb": serving.get("peak_mb"),
    }
    return values | percentiles([row["ms"] for row in serving["rows"]])
