"""The `troly` command. Each command imports what it needs: `ask` answers within two seconds, start included."""

import argparse
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path

from faq.errors import FaqError, SettingsError
from faq.settings import Settings, load_settings

Run = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; known faults become one line that names the remedy."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # Vietnamese also where the locale is C
    options = _parser().parse_args(arguments)
    try:
        run: Run = options.run
        return run(options, load_settings())
    except BrokenPipeError:  # `troly … | head`
        sys.stderr.close()
        return 0
    except (FaqError, SettingsError) as error:
        print(f"troly: {error}", file=sys.stderr)
    except OSError as error:
        print(f"troly: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="troly", description="Trợ lý dịch vụ công")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_talking(commands)
    _add_content(commands)
    _add_running(commands)
    return parser


Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add(commands: Commands, name: str, help_text: str, run: Run) -> argparse.ArgumentParser:  # type: ignore[valid-type]
    command: argparse.ArgumentParser = commands.add_parser(name, help=help_text)  # type: ignore[attr-defined]
    command.set_defaults(run=run)
    return command


def _add_talking(commands: Commands) -> None:  # type: ignore[valid-type]
    ask = _add(commands, "ask", "answer one question, or a file of them", _ask)
    ask.add_argument("text", nargs="?", default="", help="the question")
    ask.add_argument("--json", action="store_true", help="machine-readable output")
    ask.add_argument("--batch", metavar="FILE", help='JSON lines {"id", "text"}; one JSON object a line comes back')
    _add(commands, "chat", "talk in the terminal", _chat)
    mask = _add(commands, "mask", "show how personal data are masked", _mask)
    mask.add_argument("text", nargs="?", default="")
    mask.add_argument("--json", action="store_true")
    mask.add_argument("--batch", metavar="FILE")


def _add_content(commands: Commands) -> None:  # type: ignore[valid-type]
    faq = commands.add_parser("faq", help="the answer base")  # type: ignore[attr-defined]
    inner = faq.add_subparsers(required=True, metavar="command")
    _add(inner, "check", "refuse content that may not be published", _faq_check)
    _add(inner, "seed", "fill an empty database from faq/content", _faq_seed)
    _add(inner, "export", "write the database back to faq/content", _faq_export)
    load = _add(inner, "import", "take changed files into the database", _faq_import)
    load.add_argument("--force", nargs="*", default=[], metavar="ID", help="ids whose newer console work may go")
    stats = _add(inner, "stats", "count entries, procedures, variants", _faq_stats)
    stats.add_argument("--json", action="store_true")
    unanswered = commands.add_parser("unanswered", help="questions without an answer")  # type: ignore[attr-defined]
    inner = unanswered.add_subparsers(required=True, metavar="command")
    listing = _add(inner, "list", "show the newest", _unanswered_list)
    listing.add_argument("--limit", type=int, default=50)
    export = _add(inner, "export", "write all to a .csv or .xlsx file", _unanswered_export)
    export.add_argument("file", type=Path)


def _add_running(commands: Commands) -> None:  # type: ignore[valid-type]
    train = _add(commands, "train", "train what changed", _train)
    train.add_argument("--force", action="store_true", help="train all of it")
    _add(commands, "serve", "start everything and keep it running", _serve)
    _add(commands, "expire", "remove the texts of messages older than the retention time", _expire)
    evaluate = _add(commands, "evaluate", "measure quality and speed", _evaluate)
    evaluate.add_argument("options", nargs=argparse.REMAINDER, help="options of `python -m bot.evaluation`")


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from bot.asking import Assistant, read_batch, show, write_json

    if options.batch:
        with open(options.batch, encoding="utf-8-sig") as file:
            rows = list(read_batch(file))
        assistant = Assistant(settings)
        for row in rows:
            write_json(assistant.to_json(row["id"], row["text"]))
    elif options.json:
        write_json(Assistant(settings).to_json("", options.text))
    else:
        show(Assistant(settings).answer(options.text)[1], sys.stdout)
    return 0


def _chat(options: argparse.Namespace, settings: Settings) -> int:
    from bot.asking import Assistant, chat

    print("Gõ câu hỏi rồi bấm Enter. Ctrl-D để thôi.\n", flush=True)
    chat(Assistant(settings), sys.stdin, sys.stdout)
    return 0


def _mask(options: argparse.Namespace, settings: Settings) -> int:
    from bot.masking import mask_batch, mask_one

    if options.batch:
        return mask_batch(Path(options.batch))
    return mask_one(options.text, options.json)


def _faq_check(options: argparse.Namespace, settings: Settings) -> int:
    from bot.content import check

    return check(settings)


def _faq_seed(options: argparse.Namespace, settings: Settings) -> int:
    from bot.content import seed

    return seed(settings)


def _faq_export(options: argparse.Namespace, settings: Settings) -> int:
    from bot.content import export

    return export(settings)


def _faq_import(options: argparse.Namespace, settings: Settings) -> int:
    from bot.content import import_files

    return import_files(settings, options.force)


def _faq_stats(options: argparse.Namespace, settings: Settings) -> int:
    from bot.content import stats

    return stats(settings, options.json)


def _unanswered_list(options: argparse.Namespace, settings: Settings) -> int:
    from bot.content import list_unanswered

    return list_unanswered(settings, options.limit)


def _unanswered_export(options: argparse.Namespace, settings: Settings) -> int:
    from bot.content import export_unanswered

    return export_unanswered(settings, options.file)


def _train(options: argparse.Namespace, settings: Settings) -> int:
    from bot.training import prepare_all

    print(f"Mô hình sẵn sàng: {prepare_all(settings, print, options.force).name}")
    return 0


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from bot.supervisor import serve

    return serve(settings)


def _expire(options: argparse.Namespace, settings: Settings) -> int:
    from bot.content import expire_texts

    return expire_texts(settings)


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from bot.evaluation.__main__ import main as evaluate

    return evaluate(options.options)


if __name__ == "__main__":
    sys.exit(main())
