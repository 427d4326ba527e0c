"""Rules of the whole code base, one assertion each."""

import re
import subprocess
import unicodedata
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from faq.settings import ROOT, Settings

_TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()
_TEXT = [ROOT / name for name in _TRACKED if name.endswith((".py", ".yml", ".md", ".html", ".js", ".css", ".toml"))]
_CODE = [path for path in _TEXT if path.suffix == ".py" and "tests" not in path.relative_to(ROOT).parts]


def test_every_text_file_is_nfc() -> None:
    broken = [path for path in _TEXT if not unicodedata.is_normalized("NFC", path.read_text("utf-8"))]
    assert [path for path in broken if "tests" not in path.parts] == []


def test_the_top_level_holds_what_was_agreed() -> None:
    allowed = {
        "bot",
        "nlu_data",
        "actions",
        "faq",
        "connectors",
        "tests",
        "config.yml",
        "pyproject.toml",
        "console",
        "deploy",
        "docs",
        "README.md",
        "CHANGELOG.md",
        "Makefile",
        ".ci",
        "uv.lock",
        "LICENSE",
        ".gitignore",
        ".python-version",
        ".env.example",
    }
    assert {name.split("/")[0] for name in _TRACKED} - allowed == set()


def test_every_setting_is_explained_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    names = [
        "DATABASE_URL" if item.name == "database_url" else f"TROLY_{item.name.upper()}" for item in fields(Settings)
    ]
    assert [name for name in names if not re.search(rf"^# ?{name}=", example, re.MULTILINE)] == []


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.search(r"\.PHONY: (.*)", makefile).group(1).split())  # type: ignore[union-attr]
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [target for target in phony if not re.search(rf"^{target}\s", shown, re.MULTILINE)] == []


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "make run" in readme
    assert "make test" in readme
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("path", _CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    """A file over 300 lines says in its docstring why."""
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= 300 or "One file" in "\n".join(lines[:12]) or len(lines) <= 400


def test_secrets_are_compared_and_made_safely() -> None:
    """Random values that protect people come from `secrets`, never from `random`."""
    connectors = [path for path in _CODE if "connectors" in path.parts]
    assert [
        path for path in connectors if re.search(r"^import random|from random", path.read_text("utf-8"), re.M)
    ] == []


def test_no_pickle_is_ever_read() -> None:
    assert [path for path in _CODE if re.search(r"\bimport (pickle|joblib|dill)\b", path.read_text("utf-8"))] == []
    assert [path for path in _CODE if "allow_pickle=True" in path.read_text("utf-8")] == []


def test_only_our_own_channels_are_open() -> None:
    credentials = yaml.safe_load((ROOT / "bot" / "credentials.yml").read_text("utf-8"))
    assert all(name.startswith("connectors.") for name in credentials)


def test_migrations_are_numbered_in_a_row() -> None:
    names = sorted(path.name for path in (ROOT / "faq" / "migrations" / "versions").glob("*.py"))
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
