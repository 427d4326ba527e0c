"""`troly serve`: checks, prepares, starts the processes, waits until a golden question is answered, stops all."""

import errno
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.training import prepare_all, rasa_environment
from faq.clock import now
from faq.db import connect
from faq.desk.retention import expire, reapply_deletions
from faq.errors import FaqError
from faq.settings import ROOT, Settings

#: Snapshot, model and their successors while they are swapped, with room for the ledger.
_DISK_NEEDED = 500 * 1024 * 1024
_READY_WITHIN = 90.0  # seconds (rasa-operations.md section 3)
_LOOK_AGAIN = 2.0  # seconds between two looks at the processes; also the pause before a restart
_TIDY_EVERY = 24 * 3600.0  # seconds
_STOP_WITHIN = 10.0  # seconds; a busy Rasa loop does not react to SIGTERM


class StartError(FaqError):
    """Something of the machine keeps the assistant from starting."""


@dataclass(frozen=True)
class Process:
    """A started process and where its log goes."""

    name: str
    child: "subprocess.Popen[bytes]"
    log: Path


def serve(settings: Settings) -> int:
    """Run everything until Ctrl-C, SIGTERM, or until a process dies."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    check_machine(settings)
    model = prepare_all(settings, _say)
    processes: list[Process] = []
    try:
        processes += [_start_actions(settings), _start_rasa(settings, model)]
        if wait_until_ready(settings, processes, stop):
            _say(f"Sẵn sàng. Mở http://127.0.0.1:{settings.port}/webhooks/web/ để trò chuyện. Bấm Ctrl-C để dừng.")
            return _watch(settings, processes, stop)
        return 0
    finally:
        stop_all(processes)
        _say("Đã dừng.")


def check_machine(settings: Settings) -> None:
    """Refuse to start where it cannot work.

    Raises:
        StartError: A port is taken or the disk is full; the text names the remedy.
    """
    for name, port in (("TROLY_PORT", settings.port), ("TROLY_ACTION_PORT", settings.action_port)):
        if _is_taken(port):
            raise StartError(
                f"cổng {port} đang bị chương trình khác dùng: dừng chương trình đó, hoặc đặt {name} khác trong .env"
            )
    settings.var.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.var).free
    if free < _DISK_NEEDED:
        raise StartError(
            f"ổ đĩa của {settings.var} chỉ còn {free // 2**20} MB, cần {_DISK_NEEDED // 2**20} MB: "
            "xóa bớt tệp, hoặc đặt TROLY_VAR tới ổ khác trong .env"
        )


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def _start_actions(settings: Settings) -> Process:
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(settings.action_port)]
    return _start("actions", command, settings, {"SANIC_HOST": "127.0.0.1"})


def _start_rasa(settings: Settings, model: Path) -> Process:
    _say("Đang khởi động máy chủ Rasa…")
    return _start("rasa", [sys.executable, "-m", "bot.server", str(model)], settings, {})


def _start(name: str, command: Sequence[str], settings: Settings, extra: dict[str, str]) -> Process:
    logs = settings.var / "log"
    logs.mkdir(parents=True, exist_ok=True)
    path = logs / f"{name}.log"
    with path.open("ab") as log:
        # A session of its own: Ctrl-C reaches only the supervisor, which then ends them in order.
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=rasa_environment(settings) | extra,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    return Process(name, child, path)


def wait_until_ready(settings: Settings, processes: Sequence[Process], stop: threading.Event) -> bool:
    """Wait for the golden question; False when the wait was ended by a signal.

    Raises:
        StartError: A process died or it takes too long; the text shows the end of its log.
    """
    ends = time.monotonic() + _READY_WITHIN
    while not stop.wait(0.2):
        _raise_if_dead(processes)
        if _is_ready(settings.port):
            return True
        if time.monotonic() > ends:
            raise StartError(f"chưa sẵn sàng sau {_READY_WITHIN:.0f} giây; xem {processes[-1].log}")
    return False


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/webhooks/web/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _raise_if_dead(processes: Sequence[Process]) -> None:
    for process in processes:
        if process.child.poll() is not None:
            tail = "\n".join(process.log.read_text("utf-8", "replace").splitlines()[-8:])
            raise StartError(
                f"{process.name} dừng ngay khi chạy (mã {process.child.returncode}); cuối tệp {process.log}:\n{tail}"
            )


def _watch(settings: Settings, processes: list[Process], stop: threading.Event) -> int:
    """Wait for the end, start a dead action server again, and tidy up once a day."""
    tidy_at = 0.0
    while not stop.wait(_LOOK_AGAIN):
        for place, process in enumerate(processes):
            if process.child.poll() is None:
                continue
            _say(f"{process.name} đã dừng (mã {process.child.returncode}); xem {process.log}")
            if process.name == "rasa":
                return 1
            processes[place] = _start_actions(settings)
        if time.monotonic() >= tidy_at:
            tidy_at = time.monotonic() + _TIDY_EVERY
            tidy(settings)
    return 0


def tidy(settings: Settings) -> None:
    """Remove texts older than the retention time and finish deletions; a database that is away waits a day."""
    engine = connect(settings.database_url)
    try:
        expire(engine, now() - timedelta(days=settings.retention_days))
        reapply_deletions(engine, now())
    except SQLAlchemyError as error:
        _say(f"chưa dọn được tin nhắn cũ: {type(error).__name__}")
    finally:
        engine.dispose()


def stop_all(processes: Sequence[Process]) -> None:
    """Ask every process to stop, and end those that do not."""
    for process in reversed(processes):
        if process.child.poll() is None:
            process.child.terminate()
    for process in reversed(processes):
        try:
            process.child.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.child.kill()
            process.child.wait()


def _say(line: str) -> None:
    print(line, flush=True)
