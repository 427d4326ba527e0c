"""One set of migrations serves both databases and says the same as the tables in the code."""

import re
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, insert, inspect, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from faq import db
from faq.clock import now
from faq.db import migrate
from faq.tables import message, metadata, outbox

_FOLDER = Path(db.__file__).parent / "migrations"


@pytest.fixture
def empty_engine(own_engine: Engine) -> Engine:
    """Take all tables away again."""
    with own_engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    return own_engine


def _differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        return list(compare_metadata(context, metadata))


def _is_ours(name: str | None, *_: Any) -> bool:
    return name != "sqlite_sequence"  # where SQLite keeps the ids it has given out


def _tables(engine: Engine) -> set[str]:
    return {name for name in inspect(engine).get_table_names() if _is_ours(name)}


def test_an_empty_database_gets_all_tables(empty_engine: Engine) -> None:
    assert _tables(empty_engine) == set()
    migrate(empty_engine)
    assert _tables(empty_engine) == {*metadata.tables, "alembic_version"}


def test_migrations_make_the_tables_of_the_code(engine: Engine) -> None:
    assert _differences(engine) == []


def test_a_column_without_a_migration_is_noticed(own_engine: Engine) -> None:
    with own_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE message DROP COLUMN feedback_text")
    assert [change[0] for change in _differences(own_engine)] == ["add_column"]


def test_only_open_messages_are_in_the_index_of_the_queue(engine: Engine) -> None:
    """Alembic does not compare the condition of a partial index."""
    column, place = (
        ("indexdef", "pg_indexes WHERE indexname")
        if engine.name == "postgresql"
        else ("sql", "sqlite_master WHERE name")
    )
    with engine.connect() as connection:
        written = connection.exec_driver_sql(f"SELECT {column} FROM {place} = 'ix_message_open'").scalar_one()
    assert re.search(r"WHERE \(?outcome IS NULL\)?$", written)


def test_migrating_again_keeps_the_data(engine: Engine) -> None:
    row = {"channel": "web", "event_id": "1", "sender": "s", "kind": "text", "received_at": now()}
    with engine.begin() as connection:
        connection.execute(insert(message), row)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(message)) == 1


def test_both_databases_keep_foreign_keys(engine: Engine) -> None:
    row = {
        "message_id": 99,
        "part": 1,
        "channel": "web",
        "sender": "s",
        "body": {},
        "state": "sent",
        "created_at": now(),
    }
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(outbox), row)


def test_migration_files_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (_FOLDER / "versions").glob("*.py"))
    assert [name[:5] for name in names] == [f"{number:04}_" for number in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names)


def test_each_migration_follows_the_one_before() -> None:
    scripts = [*ScriptDirectory(str(_FOLDER)).walk_revisions()][::-1]
    assert [script.revision for script in scripts] == [f"{number:04}" for number in range(1, len(scripts) + 1)]
    assert [script.down_revision for script in scripts] == [None, *(script.revision for script in scripts[:-1])]
