"""The commands of the answer base and of unanswered questions."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from faq.clock import VIET_NAM, now, today
from faq.db import connect, migrate
from faq.desk.export import write_unanswered
from faq.desk.ledger import unanswered
from faq.desk.outcomes import LABELS
from faq.desk.retention import expire
from faq.entries.check import Problem, check_content
from faq.entries.folder import Located, read_content, read_facts, read_located
from faq.entries.model import Content, make_content
from faq.entries.store import export_content, fill, import_content
from faq.matching.prepare import item_questions
from faq.matching.wordings import OUT_OF_SCOPE, load_wordings
from faq.settings import Settings


def check(settings: Settings) -> int:
    """Check the content folder; every problem names file, line and remedy."""
    located, unreadable = read_located(settings.content)
    content = make_content([place.item for place in located])
    problems = check_content(content, read_facts(settings.content), today())
    places = {place.item.id: place for place in located}
    lines = [*unreadable, *(_line_of(problem, places[problem.item]) for problem in problems)]
    for line in lines:
        print(line)
    if lines:
        print(f"{len(lines)} lỗi trong {len(content.items)} mục.")
        return 1
    print(f"Nội dung tốt: {len(content.entries)} mục, {len(content.procedures)} thủ tục.")
    return 0


def _line_of(problem: Problem, place: Located) -> str:
    """Find the line a problem is about: the first that holds the beginning of its quote."""
    start = " ".join(problem.quote.split()[:4])
    lines = place.path.read_text("utf-8").splitlines()
    number = next((number for number, line in enumerate(lines, 1) if start and start in line), 1)
    return f"{place.path}:{number}: {problem.text}"


def seed(settings: Settings) -> int:
    """Fill an empty database."""
    count = fill(_open(settings), read_content(settings.content), "khởi tạo")
    print(f"Đã nạp {count} mục." if count else "Cơ sở dữ liệu đã có nội dung, không đổi gì.")
    return 0


def export(settings: Settings) -> int:
    """Write the database back to files."""
    print(f"Đã ghi {export_content(_open(settings), settings.content)} tệp thay đổi.")
    return 0


def import_files(settings: Settings, force: Sequence[str]) -> int:
    """Take changed files into the database; newer console work is never overwritten silently, nor rules broken."""
    if check(settings):
        return 1
    report = import_content(_open(settings), read_content(settings.content), "troly", tuple(force))
    print(f"Mới: {len(report.added)}. Đổi: {len(report.changed)}. Giữ nguyên: {len(report.unchanged)}.")
    for name in report.conflicts:
        print(
            f"xung đột: {name} có bản mới hơn trong bảng điều khiển; `troly faq export` để xem, "
            f"hoặc `troly faq import --force {name}` để ghi đè"
        )
    for name in report.gone:
        print(f"không còn tệp: {name} (vẫn giữ trong cơ sở dữ liệu)")
    return 1 if report.conflicts else 0


def counts(content: Content, negatives: int) -> dict[str, Any]:
    """Count what the answer base holds."""
    topics = Counter(item.topic for item in content.items.values())
    variants = sum(len(item_questions(item)) for item in content.items.values())
    kinds = Counter(item.kind for item in content.items.values())
    return {
        "entries": len(content.entries),
        "procedures": len(content.procedures),
        "variants": variants,
        "negatives": negatives,
        "by_topic": dict(sorted(topics.items())),
        "by_kind": dict(sorted(kinds.items())),
    }


def stats(settings: Settings, as_json: bool) -> int:
    """Print the counts of the content folder."""
    found = counts(read_content(settings.content), len(load_wordings(settings.nlu_data)[OUT_OF_SCOPE]))
    if as_json:
        json.dump(found, sys.stdout, ensure_ascii=False)
        print()
    else:
        for name, value in found.items():
            print(f"{name}: {value}")
    return 0


def list_unanswered(settings: Settings, limit: int) -> int:
    """Print the newest questions without an answer."""
    for row in unanswered(_open(settings), limit=limit):
        when = row.received_at.astimezone(VIET_NAM).strftime("%d/%m/%Y %H:%M")
        print(f"{when}\t{row.channel}\t{LABELS[row.outcome]}\t{row.text or ''}")
    return 0


def export_unanswered(settings: Settings, path: Path) -> int:
    """Write all questions without an answer to CSV or XLSX."""
    print(f"Đã ghi {write_unanswered(unanswered(_open(settings)), path)} câu hỏi vào {path}.")
    return 0


def expire_texts(settings: Settings) -> int:
    """Remove the texts of messages older than the retention time."""
    before = now() - timedelta(days=settings.retention_days)
    print(f"Đã xóa chữ của {expire(_open(settings), before)} tin nhắn cũ.")
    return 0


def _open(settings: Settings) -> Engine:
    engine = connect(settings.database_url)
    migrate(engine)
    return engine
