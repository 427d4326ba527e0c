"""Real processes for the tests of the serving path: `troly serve` on free ports, in a folder of its own.

What `troly train` builds is kept in ``var/test`` and made anew only when its inputs changed. Every server gets links to
it in a temporary folder, so that what a test publishes ends with the test.
"""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from sqlalchemy import select
from sqlalchemy.engine import Engine

from faq.clock import today
from faq.db import connect
from faq.desk.ledger import sender_key
from faq.desk.outcomes import Outcome
from faq.entries.model import Entry, Text
from faq.entries.store import publish, read_published
from faq.settings import ROOT
from faq.tables import message, outbox

TROLY = ROOT / ".venv" / "bin" / "troly"
#: What is trained once for all runs.
TRAINED = ROOT / "var" / "test"
#: Patience with a busy machine in seconds: it catches "for ever", not "slow".
PATIENCE = 60.0
#: The question of golden.yml that the start waits for, and its entry.
GOLDEN = "tôi quên mật khẩu vneid rồi làm sao"
GOLDEN_ENTRY = "vneid-quen-mat-khau"
Reply = dict[str, Any]


def until(found: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Look again until something is there; what it was is the failure's text."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if value := found():
            return value
        time.sleep(0.05)
    pytest.fail(f"{what}: not within {seconds:.0f} s")


def free_port() -> int:
    """Give a port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    """Give the environment of a server that keeps everything in one folder; settings of this machine do not count."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("TROLY_", "DATABASE_URL"))}
    ours |= {"PYTHONPATH": str(ROOT)}  # the code beside these tests, wherever the environment was made for
    return ours | {"TROLY_VAR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'troly.db'}"} | more


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


@dataclass
class Server:
    """`troly serve` as a process, and what its browsers were promised.

    Attributes:
        accepted: Event ids that were answered with 2xx.
        seen: Outbox numbers that each browser was given, in order.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    action_port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    seen: dict[str, list[int]] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def page(self) -> str:
        """Address of the chat page."""
        return f"http://127.0.0.1:{self.port}/webhooks/web/"

    @property
    def environment(self) -> dict[str, str]:
        """What the processes are started with."""
        ports = {"TROLY_PORT": str(self.port), "TROLY_ACTION_PORT": str(self.action_port)}
        return environment_of(self.folder, **ports, **self.settings)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "troly.db"

    @cached_property
    def engine(self) -> Engine:
        """The same database, seen from the test."""
        return connect(f"sqlite:///{self.database}")

    def start(self) -> None:
        """Start and wait until the golden question is answered."""
        with (self.folder / "serve.log").open("ab") as log:
            # A session of its own: Ctrl-C in the terminal of the tests must not end it before `stop` does.
            self.process = subprocess.Popen(
                [str(TROLY), "serve"], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        until(self.is_ready, f"server ready, see {self.folder / 'serve.log'}", 240)

    def is_ready(self) -> bool:
        """Tell whether it takes traffic."""
        if self.process is not None and self.process.poll() is not None:
            pytest.fail(f"troly serve ended with {self.process.returncode}:\n{self.said()}")
        with suppress(requests.RequestException):
            return requests.get(f"{self.page}ready", timeout=5).status_code == 200
        return False

    def said(self) -> str:
        """What `troly serve` printed."""
        return (self.folder / "serve.log").read_text("utf-8")

    def children(self) -> dict[str, int]:
        """Process ids of the two processes under it: ``rasa`` and ``actions``."""
        assert self.process is not None
        pid = self.process.pid
        found = {}
        with suppress(FileNotFoundError):  # ended meanwhile
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
                found["rasa" if b"bot.server" in words else "actions"] = int(child)
        return found

    def stop(self) -> int:
        """Send SIGTERM, as systemd does, and give the exit code; whatever is left then is killed."""
        if self.process is None:
            return 0
        process, children, self.process = self.process, self.children().values(), None
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)  # in case a test left it stopped
        process.terminate()
        try:
            return process.wait(30)
        finally:
            process.kill()
            for pid in children:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def rows(self, *ids: str) -> list[Any]:
        """Ledger rows in the order of arrival, all or those of some events."""
        query = select(message).order_by(message.c.id)
        with self.engine.connect() as connection:
            return list(connection.execute(query.where(message.c.event_id.in_(ids)) if ids else query))

    def row(self, event_id: str) -> Any:
        """The one closed ledger row of an event."""
        return until(lambda: [row for row in self.rows(event_id) if row.outcome], f"outcome of {event_id}")[0]

    def parts(self, *ids: str) -> list[Any]:
        """Outbox rows with their event ids, in order."""
        query = select(outbox, message.c.event_id).join(message).order_by(outbox.c.id)
        with self.engine.connect() as connection:
            return list(connection.execute(query.where(message.c.event_id.in_(ids)) if ids else query))

    def publish(self, *items: Any, withdrawn: Sequence[str] = ()) -> int:
        """Publish as the FAQ team does, and wait for nothing."""
        return publish(self.engine, items, withdrawn, "kiểm thử", "thử nghiệm")

    def published(self, name: str) -> Any:
        """Read one published item."""
        return read_published(self.engine)[1].items[name]


class Browser:
    """One resident's browser: the cookie of the page, messages out, replies in."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.get(server.page, timeout=PATIENCE).raise_for_status()
        self.after = 0
        self.replies: list[Reply] = []

    @property
    def sender(self) -> str:
        """The key under which the server knows this browser."""
        key = (self.server.folder / "hash_key").read_text("utf-8")
        return sender_key(key, "web", self.session.cookies["troly"])

    def post(self, text: str = "", event_id: str = "", **more: Any) -> requests.Response:
        """Post one message; a promise to answer is kept in mind."""
        event_id = event_id or str(uuid4())
        body = json.dumps({"id": event_id, "text": text, **more})
        answer = self.session.post(f"{self.server.page}messages", data=body.encode(), timeout=PATIENCE)
        if answer.ok:
            self.server.accepted.add(event_id.lower())  # one id has one spelling
        return answer

    def send(self, text: str = "", **more: Any) -> str:
        """Post one message that must be accepted, and give its event id."""
        event_id = str(uuid4())
        answer = self.post(text, event_id, **more)
        assert answer.status_code == 202, answer.text
        return event_id

    def poll(self, wait: int = 2) -> Reply:
        """Fetch what is new, as the page does."""
        address = f"{self.server.page}replies?after={self.after}&wait={wait}"
        news = self.session.get(address, timeout=PATIENCE)
        news.raise_for_status()
        found: Reply = news.json()
        self.after = found["next"]
        self.replies += found["replies"]
        numbers = self.server.seen.setdefault(self.session.cookies["troly"], [])
        numbers += [reply["number"] for reply in found["replies"]]
        return found

    def answer_to(self, event_id: str) -> list[Reply]:
        """Wait for the parts of one answer."""

        def found() -> list[Reply]:
            parts = [reply for reply in self.replies if reply["to"] == event_id]
            return parts if parts or self.poll() is None else []

        return list(until(found, f"reply to {event_id}"))

    def say(self, text: str = "", **more: Any) -> tuple[Reply, Any]:
        """Post one message and wait: the first part of the answer, and the row of the ledger."""
        event_id = self.send(text, **more)
        return self.answer_to(event_id)[0], self.server.row(event_id)

    def tap(self, title: str, reply: Reply) -> tuple[Reply, Any]:
        """Tap a button of a reply, as the page sends it."""
        (button,) = [button for button in reply["buttons"] if button["title"] == title]
        return self.say(title, payload=button["payload"])


def assert_ledger(server: Server, planted: Sequence[str] = ()) -> None:
    """Hold the promises of faults.md section 0 against everything a server was asked since it exists.

    Accepted means stored, once; every row has its one outcome; what was delivered is what the outbox holds, each part
    once, in the order of the rows; nothing planted is kept anywhere.
    """
    until(lambda: all(row.outcome for row in server.rows()), "an outcome for every row")
    rows, parts = server.rows(), server.parts()
    events = [row.event_id for row in rows]

    assert len(events) == len(set(events))
    assert server.accepted <= set(events)
    assert {row.outcome for row in rows} <= {outcome.value for outcome in Outcome}
    _assert_parts(rows, parts)
    for numbers in server.seen.values():
        assert numbers == sorted(set(numbers)), "a part was delivered twice or out of order"
    assert set().union(*server.seen.values()) - _gone(rows) <= {part.id for part in parts} | _gone(rows)
    assert_not_kept(server, planted)


def _gone(rows: Sequence[Any]) -> set[int]:
    """Outbox numbers are not comparable any more once somebody's answers were deleted."""
    return set(range(10_000)) if any(row.reason == "deleted" for row in rows) else set()


def _assert_parts(rows: Sequence[Any], parts: Sequence[Any]) -> None:
    by_row: dict[int, list[int]] = {}
    for part in parts:
        by_row.setdefault(part.message_id, []).append(part.part)
    for row in rows:
        if row.sender:  # else the person was forgotten, and the answers with them
            numbers = by_row.get(row.id, [])
            assert numbers == list(range(1, len(numbers) + 1)), row.event_id
            assert numbers or not row.replied_at, row.event_id
    for sender in {part.sender for part in parts}:
        answered = [part.message_id for part in parts if part.sender == sender]
        assert answered == sorted(answered), "replies do not follow the order of the messages"


def assert_not_kept(server: Server, planted: Sequence[str]) -> None:
    """Search all bytes of the database and of everything else under the server's folder."""
    files = [path for path in server.folder.rglob("*") if path.is_file() and path.suffix != ".gz"]
    for path in files:
        # Not read here: closing a file of SQLite ends the locks of this process's own connections to it, and the
        # database breaks (sqlite.org/howtocorrupt.html, section 2.2).
        data = subprocess.run(["cat", str(path)], check=True, capture_output=True).stdout
        kept = [secret for secret in planted if secret.encode() in data or _escaped(secret) in data]
        assert not kept, f"{path} holds {kept}"


def _escaped(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()  # the form in JSON columns


def make_entry(name: str, answer: str, variants: Sequence[str], **text: Any) -> Entry:
    """Give an entry to publish in a test."""
    fields = {"answer": answer, "spoken": answer[:60], "variants": tuple(variants), **text}
    title = variants[0].capitalize()
    return Entry(name, "ho-so", "answer", title, title[:32], Text(**fields), today(), replace_year(today()))


def replace_year(day: Any) -> Any:
    """Give a day far enough ahead for a review."""
    return day.replace(year=day.year + 1, day=min(day.day, 28))


@pytest.fixture(scope="session")
def trained() -> Path:
    """Train what changed since the last run: nothing, or one to four minutes."""
    TRAINED.mkdir(parents=True, exist_ok=True)
    for file in TRAINED.glob("troly.db*"):
        file.unlink()
    done = subprocess.run(
        [str(TROLY), "train"], cwd=ROOT, env=environment_of(TRAINED), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return TRAINED


def new_folder(trained: Path, folder: Path) -> Path:
    """Make the folder of a server: links to what is trained, and a copy of the filled database."""
    for name in ("models", "snapshots", "spacy"):
        shutil.copytree(trained / name, folder / name, copy_function=_link)
    with closing(sqlite3.connect(trained / "troly.db")) as old, closing(sqlite3.connect(folder / "troly.db")) as new:
        old.backup(new)
    return folder


def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give the server that most tests share; they may publish and write to it, but not end it."""
    yield from _running(Server(new_folder(trained, tmp_path_factory.mktemp("server"))))


@pytest.fixture(scope="module")
def own_server(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server of a module's own, to be killed and started again."""
    yield from _running(Server(new_folder(trained, tmp_path_factory.mktemp("own"))))


@pytest.fixture
def browser(server: Server) -> Browser:
    """Give a new resident's browser; each may send 20 messages a minute."""
    return Browser(server)
