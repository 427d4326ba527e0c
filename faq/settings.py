"""Settings of every process, read once from the environment and from `.env`."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from faq.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


#: A turn must end well before its claim does (connectors.base.inbox.LEASE_SECONDS), in seconds.
LONGEST_TURN = 20.0


@dataclass(frozen=True)
class Settings:
    """All settings; each field is set by the environment variable TROLY_<NAME> (DATABASE_URL has no prefix)."""

    #: SQLAlchemy address of the one database: SQLite for one machine, PostgreSQL for several.
    database_url: str = f"sqlite:///{ROOT / 'var' / 'troly.db'}"
    #: Folder of what the project builds: database file, snapshots, models, logs.
    var: Path = ROOT / "var"
    #: Folder with entries/, procedures/, facts.yml and locality.yml that fills an empty database.
    content: Path = ROOT / "faq" / "content"
    #: Folder with wordings, negatives, the lexicon and the evaluation sets.
    nlu_data: Path = ROOT / "nlu_data"
    #: Secret that turns a platform id into the sender key; made on first start when it is not given.
    hash_key: str = field(default="", repr=False)
    #: Port of the Rasa server with the web chat, on loopback.
    port: int = 5005
    #: Port of the action server, on loopback.
    action_port: int = 5055
    #: Longest message that is understood, in characters (rasa-operations.md section 8).
    longest_text: int = 1000
    #: Largest request body, in bytes.
    largest_body: int = 256 * 1024
    #: Messages one person may send in a minute before one line asks to wait.
    rate_per_minute: int = 20
    #: Messages of one person that may wait for an answer.
    longest_queue: int = 20
    #: A message older than this when its turn comes gets the "late" line, in seconds.
    oldest_message: int = 3600
    #: A turn may take so long before the polite line is sent, in seconds.
    turn_timeout: float = 15.0
    #: Patience with the action server, in seconds.
    action_timeout: float = 5.0
    #: Days after which the text of a message is removed; counts stay.
    retention_days: int = 180
    #: Seconds between two looks for a new published revision.
    refresh_seconds: float = 1.0
    #: Messages after which a conversation begins anew (rasa-operations.md section 4).
    session_messages: int = 50

    @property
    def snapshots(self) -> Path:
        """Folder of snapshot files."""
        return self.var / "snapshots"

    @property
    def models(self) -> Path:
        """Folder of Rasa models."""
        return self.var / "models"


def load_settings(environment: Mapping[str, str] | None = None, env_file: Path | None = None) -> Settings:
    """Read settings; the environment wins over the file.

    Raises:
        SettingsError: A value has the wrong form or an unknown TROLY_ name is set; the text names it.
    """
    values = {**_read_env_file(env_file or ROOT / ".env"), **(os.environ if environment is None else environment)}
    known = {_variable(item.name): item for item in fields(Settings)}
    unknown = sorted(name for name in values if name.startswith("TROLY_") and name not in known)
    if unknown:
        raise SettingsError(f"unknown setting {unknown[0]}: remove it from .env or see .env.example for the names")
    chosen: dict[str, Any] = {}
    for variable, item in known.items():
        if values.get(variable, "") != "":
            chosen[item.name] = _parse(variable, values[variable], type(item.default))
    if "var" in chosen:  # the default database lies in the folder of what is built
        chosen.setdefault("database_url", f"sqlite:///{chosen['var'] / 'troly.db'}")
    return _checked(Settings(**chosen))


def _variable(name: str) -> str:
    return "DATABASE_URL" if name == "database_url" else f"TROLY_{name.upper()}"


def _read_env_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    values = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise SettingsError(f"{path}:{number}: expected NAME=value, found {line[:30]!r}")
        values[name.strip()] = value.strip().strip("'\"")
    return values


def _parse(variable: str, value: str, kind: type) -> Any:
    convert: Callable[[str], Any] = _as_path
    if kind in (int, float, str):
        convert = kind
    try:
        return convert(value)
    except ValueError as error:
        raise SettingsError(f"{variable}={value!r} must be a number ({kind.__name__}): mend it in .env") from error


def _as_path(text: str) -> Path:
    return (ROOT / text).resolve()


def _checked(settings: Settings) -> Settings:
    for name in ("port", "action_port"):
        if not 1 <= getattr(settings, name) <= 65535:
            raise SettingsError(
                f"{_variable(name)}={getattr(settings, name)} must be a port from 1 to 65535: mend .env"
            )
    for name in (
        "longest_text",
        "rate_per_minute",
        "longest_queue",
        "turn_timeout",
        "action_timeout",
        "retention_days",
        "refresh_seconds",
        "session_messages",
        "largest_body",
        "oldest_message",
    ):
        if getattr(settings, name) <= 0:
            raise SettingsError(f"{_variable(name)}={getattr(settings, name)} must be above 0: mend it in .env")
    if settings.turn_timeout > LONGEST_TURN:
        raise SettingsError(f"TROLY_TURN_TIMEOUT={settings.turn_timeout} must be at most {LONGEST_TURN}: mend .env")
    if not settings.database_url.startswith(("sqlite://", "postgresql")):
        raise SettingsError("DATABASE_URL must begin with sqlite:/// or postgresql+psycopg2://: mend it in .env")
    return settings
