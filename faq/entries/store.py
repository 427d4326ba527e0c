"""The published answer base in the database: filled from files, published to, written back (DESIGN 6 and 7)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from faq.clock import now
from faq.entries.folder import write_content
from faq.entries.model import Content, Item, make_content
from faq.entries.yaml_form import dump_item, load_item
from faq.errors import ContentError, FaqError
from faq.tables import item as items
from faq.tables import item_version, revision

#: Begins the name of whoever changed an item through files; the console never stores such a name.
FROM_FILES = "tệp:"
_FILLED = "Nạp nội dung ban đầu từ tệp"
_IMPORTED = "Nhập nội dung từ tệp"
_TRIES = 3  # publications at the same moment; people publish a few times a day


class PublishConflict(FaqError):  # noqa: N818, a conflict is what the console calls it
    """Somebody else published in between; nothing was written."""


class _NumberTaken(PublishConflict):
    """The revision number went to a publication at the same moment; with the next number it works."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did, by item id in sorted order.

    Attributes:
        conflicts: Differ from newer work in the console; left as they are.
        gone: In the database but not in the folder; left as they are.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    conflicts: tuple[str, ...]
    gone: tuple[str, ...]


def current_revision(engine: Engine) -> int:
    """Tell the newest published revision, 0 when there is none; cheap enough to ask every second."""
    with engine.connect() as connection:
        return _newest(connection)


def _newest(connection: Connection) -> int:
    return int(connection.scalar(select(func.max(revision.c.number))) or 0)


def read_published(engine: Engine) -> tuple[int, Content]:
    """Read the newest revision number and all published items."""
    found = [row for row in _read_rows(engine) if row.state == "published"]
    number = found[0].newest if found else current_revision(engine)
    return int(number), make_content([load_item(row.body) for row in found])


def _read_rows(engine: Engine) -> list[Any]:
    """Read items and the newest number in one statement: so they belong together also while somebody publishes."""
    newest = select(func.max(revision.c.number)).scalar_subquery().label("newest")
    query = select(items.c.id, items.c.state, items.c.body, items.c.updated_by, newest).order_by(items.c.id)
    with engine.connect() as connection:
        return list(connection.execute(query))


def fill(engine: Engine, content: Content, who: str) -> int:
    """Fill an empty database as revision 1; also when several processes start at once, only one does.

    Returns:
        The number of items; 0 when the database holds some already.
    """
    if _read_rows(engine):
        return 0
    try:
        publish(engine, list(content.items.values()), (), FROM_FILES + who, _FILLED, base=0)
    except PublishConflict:
        return 0
    return len(content.items)


def publish(
    engine: Engine,
    changes: Sequence[Item],
    withdrawn: Sequence[str],
    who: str,
    reason: str,
    base: int | None = None,
) -> int:
    """Make changed and withdrawn items the newest revision, all at once; the gate has been passed before.

    Args:
        engine: The database.
        changes: Items as they are to be published.
        withdrawn: Ids of items that are no longer answered.
        who: Account name of the publisher.
        reason: Why, for the history.
        base: Revision that the changes were made from; None does not ask.

    Returns:
        The number of the new revision.

    Raises:
        PublishConflict: An item was published after ``base``, or too many publish at the same moment.
        ContentError: An item to withdraw does not exist.
    """
    ids = [*(item.id for item in changes), *withdrawn]
    if len(set(ids)) < len(ids):
        raise ValueError("an item can be changed or withdrawn only once in a revision")
    for _ in range(_TRIES - 1):
        try:
            return _publish_once(engine, changes, withdrawn, who, reason, base)
        except _NumberTaken:
            continue
    return _publish_once(engine, changes, withdrawn, who, reason, base)


def _publish_once(
    engine: Engine,
    changes: Sequence[Item],
    withdrawn: Sequence[str],
    who: str,
    reason: str,
    base: int | None,
) -> int:
    stamp = {"updated_at": now(), "updated_by": who}
    rows = [_published_row(item) for item in changes]
    with engine.begin() as connection:
        number = _take_number(connection, who, reason)  # the first write: holds back other publications
        rows += _withdrawn_rows(connection, withdrawn)
        _refuse_newer(connection, [row["id"] for row in rows], base)
        _save(connection, [{**row, **stamp, "revision": number} for row in rows])
    return number


def _take_number(connection: Connection, who: str, reason: str) -> int:
    number = _newest(connection) + 1
    row = {"number": number, "published_at": now(), "published_by": who, "reason": reason}
    try:
        connection.execute(insert(revision), row)
    except IntegrityError as error:
        raise _NumberTaken(f"revision {number} was published by somebody else just now: publish again") from error
    return number


def _published_row(item: Item) -> dict[str, Any]:
    return {"id": item.id, "kind": item.kind, "topic": item.topic, "state": "published", "body": dump_item(item)}


def _withdrawn_rows(connection: Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    query = select(items.c.id, items.c.kind, items.c.topic, items.c.body).where(items.c.id.in_(list(ids)))
    rows = [{**row, "state": "withdrawn"} for row in connection.execute(query).mappings()]
    if unknown := sorted({*ids} - {row["id"] for row in rows}):
        raise ContentError(f"cannot withdraw {', '.join(unknown)}: no such item; reload the list")
    return rows


def _refuse_newer(connection: Connection, ids: Collection[str], base: int | None) -> None:
    if base is None:
        return
    newer = connection.scalars(select(items.c.id).where(items.c.id.in_(list(ids)), items.c.revision > base)).all()
    if newer:
        names = ", ".join(sorted(newer))
        raise PublishConflict(f"{names}: published by somebody else after revision {base}; compare and publish again")


def _save(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(items)
    changed = {column.name: new.excluded[column.name] for column in items.c if not column.primary_key}
    connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=changed), rows)
    connection.execute(insert(item_version), [_version_row(row) for row in rows])


def _version_row(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("revision", "state", "body")}
    return {**kept, "item_id": row["id"], "changed_at": row["updated_at"], "changed_by": row["updated_by"]}


def import_content(engine: Engine, content: Content, who: str, force: Collection[str] = ()) -> ImportReport:
    """Bring files into the database as one new revision, never over newer work in the console but for ids in ``force``.

    Raises:
        PublishConflict: Somebody published one of the items meanwhile; import again.
    """
    rows = _read_rows(engine)
    report = _compare({row.id: row for row in rows}, content, force)
    if changes := [content.items[name] for name in (*report.added, *report.changed)]:
        base = int(rows[0].newest) if rows else 0
        publish(engine, changes, (), FROM_FILES + who, _IMPORTED, base=base)
    return report


def _compare(rows: Mapping[str, Any], content: Content, force: Collection[str]) -> ImportReport:
    kinds = {name: _kind(rows.get(name), item, name in force) for name, item in content.items.items()}
    gone = (name for name, row in rows.items() if name not in content.items and row.state != "withdrawn")

    def pick(kind: str) -> tuple[str, ...]:
        return _sorted(name for name, found in kinds.items() if found == kind)

    return ImportReport(pick("added"), pick("changed"), pick("unchanged"), pick("conflict"), _sorted(gone))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _kind(row: Any, item: Item, forced: bool) -> str:
    if row is None:
        return "added"
    if row.state == "published" and row.body == dump_item(item):
        return "unchanged"
    return "changed" if forced or row.updated_by.startswith(FROM_FILES) else "conflict"


def export_content(engine: Engine, folder: Path) -> int:
    """Write the published items to the content folder; give how many files changed."""
    _, content = read_published(engine)
    return write_content(folder, content)
