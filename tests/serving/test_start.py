"""`troly serve` where it cannot work: one line that names the remedy, exit code 1, no traceback."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import supervisor
from bot.supervisor import StartError, check_machine
from faq.errors import SettingsError
from faq.settings import ROOT, Settings, load_settings
from tests.serving.conftest import TROLY, environment_of, free_port


def serve(folder: Path, **more: str) -> str:
    """Run it until it gives up, and give the one line that it says."""
    ports = {"TROLY_PORT": str(free_port()), "TROLY_ACTION_PORT": str(free_port())}
    done = subprocess.run(
        [str(TROLY), "serve"], cwd=ROOT, env=environment_of(folder, **(ports | more)),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("troly: ")
    return line


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("name", ["TROLY_PORT", "TROLY_ACTION_PORT"])
def test_a_port_is_taken(tmp_path: Path, taken: int, name: str) -> None:
    line = serve(tmp_path, **{name: str(taken)})

    assert f"cổng {taken}" in line
    assert f"đặt {name} khác trong .env" in line


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("TROLY_PROT", "5006", "unknown setting TROLY_PROT: remove it from .env"),
        ("TROLY_PORT", "acht", "TROLY_PORT='acht' must be a number"),
        ("TROLY_PORT", "0", "TROLY_PORT=0 must be a port from 1 to 65535"),
        ("TROLY_PORT", "70000", "TROLY_PORT=70000 must be a port from 1 to 65535"),
        ("TROLY_RETENTION_DAYS", "-1", "TROLY_RETENTION_DAYS=-1 must be above 0"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must begin with sqlite:/// or postgresql"),
        ("DATABASE_URL", "sqlite:////proc/nothing/troly.db", "/proc/nothing"),
        ("DATABASE_URL", "sqlite:////proc/version", "DATABASE_URL"),
        ("DATABASE_URL", "postgresql+psycopg2://nobody@127.0.0.1:9/none", "DATABASE_URL"),
        ("TROLY_VAR", "/proc/nothing", "/proc/nothing"),
    ],
)
def test_a_setting_that_cannot_work_is_named(tmp_path: Path, name: str, value: str, remedy: str) -> None:
    assert remedy in serve(tmp_path, **{name: value})


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("TROLY_PORT 5006\n", r":1: expected NAME=value, found 'TROLY_PORT 5006'"),
        ("# Cổng\nTROLY_PROT=5006\n", "unknown setting TROLY_PROT"),
        ("TROLY_PORT=acht\n", "TROLY_PORT='acht' must be a number"),
    ],
)
def test_a_line_of_the_env_file_that_cannot_work_is_named(tmp_path: Path, text: str, remedy: str) -> None:
    file = tmp_path / ".env"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=re.escape(remedy)):
        load_settings({}, file)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 4 MB where this process may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount; the next test covers the same line")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_the_disk_is_full(small_disk: Path) -> None:
    line = serve(small_disk)

    assert re.search(r"chỉ còn [0-4] MB, cần 500 MB", line)
    assert "đặt TROLY_VAR tới ổ khác trong .env" in line


def test_the_disk_is_full_also_where_nobody_may_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 3 * 2**20

    monkeypatch.setattr(supervisor.shutil, "disk_usage", lambda _: Usage)
    with pytest.raises(StartError, match="chỉ còn 3 MB"):
        check_machine(Settings(var=tmp_path, port=free_port(), action_port=free_port()))
