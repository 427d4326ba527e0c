"""The one database: engine, migrations, and the settings both dialects need."""

from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.url import make_url

from faq.errors import SettingsError

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Seconds a writer waits for another one; a stuck database becomes an error, not silence (rasa-operations.md 4).
PATIENCE = 3


def connect(url: str) -> Engine:
    """Open the database.

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
    engine = create_engine(url, future=True, connect_args={"timeout": PATIENCE, "check_same_thread": False})

    @event.listens_for(engine, "connect")  # type: ignore[misc]  # SQLAlchemy 1.4 is untyped
    def prepare(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version; safe to run again and on a running system."""
    from alembic import command  # slow to import; only set-up and tests need it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
