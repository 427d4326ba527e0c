"""The content folder: entries/<topic>/<id>.yml, procedures/<id>.yml, facts.yml."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from faq.entries.model import Content, Item, Procedure, make_content
from faq.entries.yaml_form import dump_item, load_item
from faq.errors import ContentError


@dataclass(frozen=True)
class Located:
    """An item with the file it came from."""

    item: Item
    path: Path


def item_path(folder: Path, item: Item) -> Path:
    """Give the file in which an item belongs."""
    if isinstance(item, Procedure):
        return folder / "procedures" / f"{item.id}.yml"
    return folder / "entries" / item.topic / f"{item.id}.yml"


def read_located(folder: Path) -> tuple[list[Located], list[str]]:
    """Read every item file.

    Returns:
        The items in order of path, and one message "file: problem" for each file that cannot be read, lies in
        the wrong place, or holds an id that another file holds too.
    """
    located, problems = [], []
    homes: dict[str, Path] = {}
    for path in sorted([*folder.glob("entries/*/*.yml"), *folder.glob("procedures/*.yml")]):
        try:
            item = load_item(path.read_text("utf-8"))
        except (ContentError, UnicodeDecodeError) as error:
            problems.append(f"{path}:1: {error}")
            continue
        located.append(Located(item, path))
        if path != item_path(folder, item):
            problems.append(f"{path}:1: the item belongs in {item_path(folder, item)}: move the file or mend its id")
        if homes.setdefault(item.id, path) != path:
            problems.append(f"{path}:1: the id {item.id} stands in {homes[item.id]} too: give it another")
    return located, problems


def read_content(folder: Path) -> Content:
    """Read a folder that must be free of faults.

    Raises:
        ContentError: A file cannot be read; the text lists all of them.
    """
    located, problems = read_located(folder)
    if problems:
        raise ContentError("\n".join(problems))
    return make_content([place.item for place in located])


def write_content(folder: Path, content: Content) -> int:
    """Write every item and remove files of items that are gone; return how many files changed."""
    wanted = {item_path(folder, item): dump_item(item) for item in content.items.values()}
    present = {*folder.glob("entries/*/*.yml"), *folder.glob("procedures/*.yml")}
    changed = present - wanted.keys()
    for path in changed:
        path.unlink()
    count = len(changed)
    for path, text in wanted.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            count += 1
    return count


def read_facts(folder: Path) -> dict[str, str]:
    """Read ``facts.yml``: fact id -> confidence (cao, vừa, thấp or "chưa kiểm chứng")."""
    raw = yaml.safe_load((folder / "facts.yml").read_text("utf-8"))
    return {str(fact): str(confidence) for fact, confidence in raw.items()}
