"""A real PostgreSQL server for the tests, also where they run as root, as whom PostgreSQL refuses to start."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from port_for import get_port
from pytest_postgresql import factories
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from faq.db import connect, migrate

# Nothing in a test must survive a power cut; without these waits the tests take a third of the time.
_FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=60"


def pg_ctl() -> str:
    """Find the server's own command: Debian keeps it off the PATH, one folder per version; "" when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else shutil.which("pg_ctl") or ""


@dataclass(frozen=True)
class Server:
    """Where a server answers, in the words of pytest-postgresql's own."""

    port: int
    host: str = "127.0.0.1"
    user: str = "postgres"


@contextmanager
def server_of_root() -> Iterator[Server]:
    """Start a server as the system user ``postgres``, which Debian's package makes, and stop it again."""
    folder = Path(tempfile.mkdtemp(prefix="troly-postgres-"))  # pytest's own folders are closed to other users
    shutil.chown(folder, "postgres", "postgres")
    port = get_port(None) or 0
    try:
        _run("initdb", folder, "-o", "--auth=trust --encoding=UTF8 --no-sync --username=postgres")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {_FAST}"
        _run("start", folder, "-w", "-l", str(folder / "log"), "-o", options)
        yield Server(port)
    finally:
        _run("stop", folder, "-m", "immediate", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: str, folder: Path, *options: str, check: bool = True) -> None:
    words = ["runuser", "-u", "postgres", "--", pg_ctl(), command, "-D", str(folder / "data"), "-s", *options]
    # The server inherits the output: a pipe would stay open and be waited for until the server ends.
    subprocess.run(words, check=check, cwd=folder, stdout=subprocess.DEVNULL, timeout=60)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Give a running server: our own for root, pytest-postgresql's for everybody else."""
    if not pg_ctl():
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    if os.geteuid() != 0:
        yield request.getfixturevalue("postgres_process")
        return
    with server_of_root() as server:
        yield server


postgres_process = factories.postgresql_proc(executable=pg_ctl(), postgres_options=_FAST)


@contextmanager
def database(server: Any, name: str) -> Iterator[Engine]:
    """Make a database with all tables and drop it again."""
    address = f"postgresql+psycopg2://{server.user}@{server.host}:{server.port}"
    owner = create_engine(f"{address}/postgres", future=True, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine = connect(f"{address}/{name}")
        migrate(engine)
        yield engine
        engine.dispose()
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    owner.dispose()


@pytest.fixture(scope="session")
def postgres_engine(postgres_server: Any) -> Iterator[Engine]:
    """Give a database that all tests use, one after the other: making one for each takes 0.3 s."""
    with database(postgres_server, "shared") as engine:
        yield engine


@pytest.fixture
def own_postgres_engine(postgres_server: Any) -> Iterator[Engine]:
    """Give a database of one test's own."""
    with database(postgres_server, "own") as engine:
        yield engine
