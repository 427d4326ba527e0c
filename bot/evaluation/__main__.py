"""`python -m bot.evaluation`: quality and speed of understanding, beside peers taught the same wordings."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot.evaluation.peers import PEERS
from bot.evaluation.run import Plan, run
from bot.evaluation.systems import WORD_SEARCH
from faq.clock import today
from faq.errors import FaqError
from faq.matching.live import current_path
from faq.settings import ROOT, Settings, load_settings

_QUICK_SHARE, _QUICK_EPOCHS = 0.2, 10
_ALL_PEERS = (*PEERS, WORD_SEARCH)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the examination; print where the results are and the tables."""
    options = _parser().parse_args(arguments)
    settings = load_settings()
    try:
        folder = run(_plan(options, settings), settings, lambda line: print(line, file=sys.stderr, flush=True))
    except FaqError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{folder}\n\n{(folder / 'table.md').read_text('utf-8')}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation", description=__doc__)
    parser.add_argument("--snapshot", type=Path, help="snapshot file; default: the one that is served")
    parser.add_argument("--model", type=Path, help="Rasa model to time as a whole; default: the newest one, if any")
    parser.add_argument(
        "--peers",
        type=_peers,
        default=_ALL_PEERS,
        metavar=",".join(_ALL_PEERS),
        help='systems to compare with; "" for none',
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{_QUICK_SHARE:.0%} of the items, at most {_QUICK_EPOCHS} epochs".replace("%", "%%"),
    )
    parser.add_argument("--share", type=float, help="share of the items that all systems are taught and asked; 1")
    parser.add_argument("--epochs", type=int, help="most epochs of a DIET peer; default: as published")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of each measured process")
    parser.add_argument("--day", type=date.fromisoformat, default=None, help="day the questions are asked; today")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="folder of the results")
    return parser


def _peers(text: str) -> tuple[str, ...]:
    names = tuple(name for name in text.split(",") if name)
    unknown = [name for name in names if name not in _ALL_PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown peer {unknown[0]!r}: choose from {', '.join(_ALL_PEERS)}")
    return names


def _plan(options: argparse.Namespace, settings: Settings) -> Plan:
    return Plan(
        snapshot=options.snapshot or current_path(settings.snapshots),
        peers=options.peers,
        out=options.out,
        day=options.day or today(),
        epochs=options.epochs or (_QUICK_EPOCHS if options.quick else None),
        share=options.share or (_QUICK_SHARE if options.quick else 1.0),
        threads=options.threads,
        model=options.model or _newest_model(settings),
    )


def _newest_model(settings: Settings) -> Path | None:
    models = sorted(settings.models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    return models[-1] if models else None


if __name__ == "__main__":
    sys.exit(main())
