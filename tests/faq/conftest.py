"""A database for each test: SQLite and PostgreSQL, both real, both made by the migrations."""

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from faq.db import connect, migrate
from faq.desk.ledger import Received, record
from faq.tables import metadata
from tests.faq.postgres import own_postgres_engine, postgres_engine, postgres_process, postgres_server

__all__ = ["own_postgres_engine", "postgres_engine", "postgres_process", "postgres_server"]  # fixtures
NOON = datetime(2026, 11, 24, 5, tzinfo=timezone.utc)
Say = Callable[..., int]


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one database file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("tables") / "troly.db"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give a database with all tables and no rows."""
    if request.param == "postgresql":
        shared = request.getfixturevalue("postgres_engine")
        with shared.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        yield shared
        return
    path = shutil.copy(request.getfixturevalue("sqlite_tables"), tmp_path / "troly.db")
    with closing(sqlite3.connect(path)) as open_all_the_time:
        open_all_the_time.execute("SELECT 1 FROM item")  # else each closing of the last connection costs 20 ms
        yield from _connected(f"sqlite:///{path}")


@pytest.fixture(params=["sqlite", "postgresql"])
def own_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give a database with all tables for a test that changes the tables themselves."""
    if request.param == "postgresql":
        yield request.getfixturevalue("own_postgres_engine")
    else:
        path = shutil.copy(request.getfixturevalue("sqlite_tables"), tmp_path / "troly.db")
        yield from _connected(f"sqlite:///{path}")


def _connected(url: str) -> Iterator[Engine]:
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def say(engine: Engine) -> Say:
    """Give a function that stores one message and returns its id."""
    numbers = itertools.count(1)

    def say(sender: str, text: str | None = "cho hỏi", at: datetime = NOON, **other: Any) -> int:
        given = {"channel": "web", "kind": "text", "payload": None, "event_id": f"event-{next(numbers)}", **other}
        stored = record(engine, Received(sender=sender, text=text, received_at=at, **given))
        assert stored is not None
        return stored

    return say
