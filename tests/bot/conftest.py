"""What the tests of the Rasa side share: the environment before Rasa, both databases, upstream's source."""

import ast
import hashlib
import inspect
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.rasa_patches import prepare_environment
from tests.faq.conftest import engine, own_engine, sqlite_tables
from tests.faq.postgres import own_postgres_engine, postgres_engine, postgres_process, postgres_server

__all__ = [  # fixtures
    "engine",
    "own_engine",
    "own_postgres_engine",
    "postgres_engine",
    "postgres_process",
    "postgres_server",
    "sqlite_tables",
]

if "rasa.core" not in sys.modules:  # tests of another folder may have been first
    prepare_environment()


@pytest.fixture(scope="session")
def upstream_digest() -> Callable[[str], str]:
    """Give the digest of an upstream function or class, named ``module:Class.method``, from its file.

    The file and not the object is read, for patches may be applied already.
    """

    def digest(name: str) -> str:
        module, _, path = name.partition(":")
        spec = find_spec(module)
        assert spec is not None
        assert spec.origin is not None
        source = Path(spec.origin).read_text("utf-8")
        node: ast.AST = ast.parse(source)
        for part in path.split("."):
            node = next(
                child
                for child in ast.iter_child_nodes(node)
                if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and child.name == part
            )
        text = inspect.cleandoc(ast.get_source_segment(source, node) or "")
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    return digest
