"""Costs: percentiles of times, and what a system needs to learn, to serve and to publish."""

import numpy as np

from bot.evaluation.processes import Result

#: Measures in the order of the table, with their unit.
MEASURES = {
    "train_seconds": "full training, s",
    "train_cpu_seconds": "full training, s of processor time",
    "train_peak_mb": "peak memory of training, MB",
    "publish_seconds": "a new wording is answerable after, s",
    "model_mb": "model file, MB",
    "load_seconds": "loading, s",
    "serve_peak_mb": "peak memory of serving, MB",
    "p50_ms": "understanding one message, p50, ms",
    "p95_ms": "understanding one message, p95, ms",
    "cpu_ms": "understanding one message, mean processor time, ms",
}
Costs = dict[str, float | None]


def times(serving: Result) -> Costs:
    """Give median, 95th percentile and mean processor time of one message; only the last ignores a busy machine."""
    median, high = np.percentile([row["ms"] for row in serving["rows"]], [50, 95])
    mean = 1000 * serving["parse_cpu_seconds"] / len(serving["rows"])
    return {"p50_ms": float(median), "p95_ms": float(high), "cpu_ms": mean}


def costs(training: Result, serving: Result, publish_seconds: float) -> Costs:
    """Collect the measures of one system.

    Args:
        training: ``seconds``; ``cpu_seconds``, ``peak_mb`` and ``model_mb`` where they have a meaning.
        serving: ``rows`` with ``ms``, ``parse_cpu_seconds`` of all of them; ``peak_mb`` and ``load_seconds`` where they
            have a meaning.
        publish_seconds: From a new wording to its first answer.
    """
    values: Costs = {
        "train_seconds": training["seconds"],
        "train_cpu_seconds": training.get("cpu_seconds"),
        "train_peak_mb": training.get("peak_mb"),
        "publish_seconds": publish_seconds,
        "model_mb": training.get("model_mb"),
        "load_seconds": serving.get("load_seconds"),
        "serve_peak_mb": serving.get("peak_mb"),
    }
    return values | times(serving)
