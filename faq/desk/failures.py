"""Failures behind a turn that the turn itself does not see, because a library swallows them.

Rasa wraps every tracker store so that a failed read or save only leaves a log line (rasa-operations.md section 4). A
store notes it here, and whoever runs the turn asks::

    with turn_failures() as failures:
        await take_turn(message)
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """One thing a store could not do.

    Attributes:
        operation: ``read`` (the person got a new conversation), ``save`` (this turn is forgotten) or ``delete``.
        fault: Class of the error, for example ``OperationalError``.
    """

    operation: str
    fault: str


#: Failures of this process since its start, by operation; anything but zero needs a person (rasa-operations.md 11).
FAILURES: Counter[str] = Counter()
_failures_of_turn: ContextVar[list[Failure] | None] = ContextVar("failures_of_turn", default=None)


@contextmanager
def turn_failures() -> Iterator[list[Failure]]:
    """Collect what fails inside this block, in this task and those it starts, and nowhere else."""
    failures: list[Failure] = []
    token = _failures_of_turn.set(failures)
    try:
        yield failures
    finally:
        _failures_of_turn.reset(token)


def note_failure(operation: str, error: Exception) -> None:
    """Count a failure and tell the turn it belongs to, if one is listening."""
    FAILURES[operation] += 1
    failures = _failures_of_turn.get()
    if failures is not None:
        failures.append(Failure(operation, type(error).__name__))
