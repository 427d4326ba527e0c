"""The one database: engine, migrations, and the settings both dialects need."""

from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool

from faq.errors import SettingsError

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Seconds a writer waits for another one; a stuck database becomes an error, not silence (rasa-operations.md 4).
PATIENCE = 3
#: Number of the advisory lock that one migrating process holds; any fixed number of our own.
_MIGRATING = 20250702


def connect(url: str) -> Engine:
    """Open the database; its errors, which reach logs, hold no values, which may be what a resident wrote.

    Args:
        url: ``sqlite:///…`` or ``postgresql+psycopg2://…``.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _connect_sqlite(parsed)
    options = f"-c statement_timeout={PATIENCE}000 -c lock_timeout={PATIENCE}000"
    arguments = {"connect_timeout": PATIENCE, "options": options}
    return create_engine(
        parsed,
        future=True,
        hide_parameters=True,
        pool_size=4,
        max_overflow=4,
        pool_timeout=PATIENCE,
        pool_pre_ping=True,
        connect_args=arguments,
    )


def _connect_sqlite(url: Any) -> Engine:
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"cannot make the folder {folder} for the database: {error.strerror}") from error
    # A pool of its own: 1.4 would open the file anew for every transaction, 20 ms each instead of 1. As many as a
    # server has threads, for connections cost little here and readers must not wait behind writers that wait.
    sizes = {"poolclass": QueuePool, "pool_size": 4, "max_overflow": 28, "pool_timeout": PATIENCE}
    pool: dict[str, Any] = {} if url.database in (None, "", ":memory:") else sizes
    arguments = {"timeout": PATIENCE, "check_same_thread": False}
    engine = create_engine(url, future=True, hide_parameters=True, connect_args=arguments, **pool)

    @event.listens_for(engine, "connect")  # type: ignore[misc]  # SQLAlchemy 1.4 is untyped
    def prepare(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version; safe to run again and on a running system.

    Raises:
        SettingsError: The database is away, locked, full, or no database; the text names it without its password.
    """
    from alembic import command  # slow to import; only set-up and tests need it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    try:
        with engine.begin() as connection:
            # Whole or not at all, and one process at a time; sqlite3 alone would commit each CREATE TABLE by itself.
            lock = (
                "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else f"SELECT pg_advisory_xact_lock({_MIGRATING})"
            )
            connection.exec_driver_sql(lock)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DatabaseError as error:
        if type(error) not in (DatabaseError, OperationalError):  # a fault of the migration, not of the place
            raise
        cause = str(error.orig).partition("\n")[0]
        remedy = "start or free it, or mend DATABASE_URL in .env"
        raise SettingsError(f"the database {engine.url!r} cannot be used ({cause}): {remedy}") from error
