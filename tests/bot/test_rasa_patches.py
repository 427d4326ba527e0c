"""Patches of Rasa against real servers on 127.0.0.1 that misbehave in every way an action server can."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions import action as upstream
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.rasa_patches import LARGEST_REPLY, POLITE_LINE, apply_patches, prepare_environment
from faq.settings import ROOT, Settings

TIMEOUT = 1.0
#: Stands in every reply below and in the question; no log line may repeat it.
SECRET = "079-bi-mat"
DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [answer]
slots: {ward: {type: text, mappings: [{type: custom}]}}
responses: {utter_ward: [{text: "Bác ở phường nào ạ?"}]}
actions: [action_find_ward]
""")
GOOD = {
    "events": [{"event": "slot", "name": "ward", "value": "Phường Vũng Tàu"}],
    "responses": [
        {
            "text": "Phường Vũng Tàu",
            "buttons": [{"title": "Đúng", "payload": "dung"}],
            "elements": [],
            "image": None,
            "custom": {"outcome": "answered"},
        },
        {"response": "utter_ward"},
    ],
}
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def patched() -> Iterator[None]:
    """Apply the patches with a short timeout, and take them back."""
    before = upstream.DEFAULT_REQUEST_TIMEOUT, upstream.RemoteAction.run, upstream.RemoteAction._validate_action_result
    apply_patches(Settings(action_timeout=TIMEOUT))
    yield
    (upstream.DEFAULT_REQUEST_TIMEOUT, upstream.RemoteAction.run, upstream.RemoteAction._validate_action_result) = (
        before
    )


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[str]:
    """Serve every connection with ``talk`` and give the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the bot has hung up, as it should
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhook"
    finally:
        server.close()


async def read_request(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Read one HTTP request and give its JSON body."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body: dict[str, Any] = json.loads(await reader.readexactly(length))
    return body


def replying(status: str, body: bytes, kind: str = "application/json", more: str = "") -> Talk:
    """Give a talk that answers with one whole reply."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return talk


def as_json(reply: Any) -> Talk:
    return replying("200 OK", json.dumps(reply).encode())


async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)


async def drips_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")


async def drips_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n")
    await drip(writer, b" " * 900)


async def drip(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Send one byte a second."""
    for byte in content:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def cuts_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{")
    await writer.drain()


async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send without end and without a length."""
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


HTML = f"<html><body>502 {SECRET}</body></html>".encode()
TEN_MB = json.dumps({"events": [], "responses": [{"text": SECRET * 1_000_000}]}).encode()
REJECTION = json.dumps({"action_name": "action_find_ward", "error": SECRET}).encode()
FAULTS: dict[str, tuple[Talk, str]] = {
    "hangs": (hangs, "timeout"),
    "one byte of the head a second": (drips_head, "timeout"),
    "one byte of the body a second": (drips_body, "timeout"),
    "hangs up without a word": (hangs_up, "connection"),
    "hangs up in the middle": (cuts_body, "connection"),
    "speaks no HTTP": (replying("nonsense", b""), "connection"),
    "500": (replying("500 Oops", json.dumps({"error": SECRET}).encode()), "status_500"),
    "500 with 10 MB": (replying("500 Oops", TEN_MB), "status_500"),
    "404": (replying("404 Not Found", REJECTION), "status_404"),
    "400, the rejection of rasa_sdk": (replying("400 Bad Request", REJECTION), "status_400"),
    "redirects": (replying("302 Found", b"", more="Location: http://127.0.0.1:1/\r\n"), "status_302"),
    "HTML": (replying("200 OK", HTML, "text/html"), "not_json"),
    "HTML that says it is JSON": (replying("200 OK", HTML), "not_json"),
    "empty": (replying("200 OK", b""), "not_json"),
    "broken UTF-8": (replying("200 OK", b'{"events": [], "x": "\xff"}'), "not_json"),
    "100 000 brackets": (replying("200 OK", b"[" * 100_000), "not_json"),
    "10 MB": (replying("200 OK", TEN_MB), "too_large"),
    "no end": (floods, "too_large"),
    "15 000 events": (as_json({"events": [{"event": "slot", "name": "ward", "value": SECRET}] * 15_000}), "too_large"),
    "null": (as_json(None), "invalid_schema"),
    "a list": (as_json([SECRET]), "invalid_schema"),
    "events are a text": (as_json({"events": SECRET}), "invalid_schema"),
    "an unknown event": (as_json({"events": [{"event": SECRET}]}), "invalid_schema"),
    "a slot without a name": (as_json({"events": [{"event": "slot", "value": SECRET}]}), "invalid_schema"),
    "an event of the right form that cannot be": (as_json({"events": [{"event": "reminder"}]}), "unexpected"),
}


class Said(OutputChannel):  # type: ignore[misc]  # Rasa ships no types
    """Keeps what the dialogue sends, as our own channels do."""

    def __init__(self) -> None:
        self.responses: list[dict[str, Any]] = []

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one response (see parent class)."""
        self.responses.append(message)


async def run(url: str | None, module: Any = upstream) -> list[Any]:
    """Run an action after a question that no log may show."""
    tracker = DialogueStateTracker.from_events("a" * 64, [UserUttered(SECRET)], DOMAIN.slots)
    nlg = TemplatedNaturalLanguageGenerator(DOMAIN.responses)
    action = module.RemoteAction("action_find_ward", EndpointConfig(url) if url else None)
    found: list[Any] = await action.run(Said(), nlg, tracker, DOMAIN)
    return found


def assert_polite(events: list[Any], reason: str) -> None:
    assert [type(event) for event in events] == [BotUttered]
    assert events[0].text == POLITE_LINE
    assert events[0].data["custom"] == {"outcome": "error_action", "reason": reason}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.asyncio
async def test_a_fault_gives_the_polite_line_in_time(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    talk, reason = FAULTS[fault]
    async with serving(talk) as url:
        start = time.monotonic()
        events = await run(url)
        took = time.monotonic() - start

    assert_polite(events, reason)
    assert took < TIMEOUT + 1
    assert f"action_find_ward failed: {reason}" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.asyncio
async def test_a_closed_port_gives_the_polite_line() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can take the port meanwhile

        assert_polite(await run(f"http://127.0.0.1:{closed.getsockname()[1]}/webhook"), "unreachable")


@pytest.mark.asyncio
async def test_an_unknown_host_gives_the_polite_line() -> None:
    assert_polite(await run("http://no-such-host.invalid/webhook"), "unreachable")


@pytest.mark.asyncio
async def test_a_missing_endpoint_gives_the_polite_line() -> None:
    assert_polite(await run(None), "no_endpoint")


@pytest.mark.asyncio
async def test_the_polite_line_and_its_outcome_reach_the_channel() -> None:
    """A channel finds the outcome under ``custom``, where replies of our actions have it."""
    channel = Said()
    async with serving(replying("500 Oops", b"")) as url:
        for event in await run(url):
            await channel.send_response("a" * 64, event.message())

    assert channel.responses[0]["text"] == POLITE_LINE
    assert channel.responses[0]["custom"] == {"outcome": "error_action", "reason": "status_500"}


@pytest.mark.asyncio
async def test_a_cancelled_turn_stays_cancelled() -> None:
    """A turn that ran out of time must not go on with a polite line."""
    async with serving(hangs) as url:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(run(url), TIMEOUT / 4)


@pytest.mark.asyncio
async def test_a_good_reply_passes() -> None:
    async with serving(as_json(GOOD)) as url:
        said, asked, slot = await run(url)

    assert (said.text, said.data["buttons"]) == ("Phường Vũng Tàu", [{"title": "Đúng", "payload": "dung"}])
    assert said.data["custom"] == {"outcome": "answered"}
    assert asked.text == "Bác ở phường nào ạ?"
    assert slot == SlotSet("ward", "Phường Vũng Tàu")


@pytest.mark.asyncio
async def test_the_longest_reply_passes() -> None:
    padding = LARGEST_REPLY - len(json.dumps({"responses": [{"text": ""}]}))
    async with serving(as_json({"responses": [{"text": "a" * padding}]})) as url:
        events = await run(url)

    assert events[0].text == "a" * padding


@pytest.mark.asyncio
async def test_an_empty_reply_of_an_action_passes() -> None:
    async with serving(as_json({"events": [], "responses": []})) as url:
        assert await run(url) == []


@pytest.mark.asyncio
async def test_request_and_events_are_those_of_upstream() -> None:
    """Rasa's own module, loaded a second time and unpatched, sends the same request and makes the same events."""
    requests = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await read_request(reader))
        body = json.dumps(GOOD).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        await writer.drain()

    async with serving(talk) as url:
        ours, theirs = [[event.as_dict() for event in await run(url, module)] for module in (upstream, unpatched())]

    assert len(ours) == 3
    assert without_times(ours) == without_times(theirs)
    assert without_times(requests[0]) == without_times(requests[1])


def unpatched() -> Any:
    """Load Rasa's module of actions once more, under another name."""
    spec = spec_from_file_location("unpatched_action", upstream.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_times(value: Any) -> Any:
    """Drop what differs between two runs of the same thing."""
    if isinstance(value, dict):
        return {
            key: without_times(inner) for key, inner in value.items() if key not in ("timestamp", "latest_event_time")
        }
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


ACTIONS = f"""
from rasa_sdk import Action
from rasa_sdk.events import SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection

class Good(Action):
    def name(self): return "action_find_ward"
    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="Phường Vũng Tàu", json_message={{"outcome": "answered"}})
        return [SlotSet("ward", "Phường Vũng Tàu")]

class Broken(Good):
    def name(self): return "action_broken"
    async def run(self, dispatcher, tracker, domain): raise KeyError("{SECRET}")

class Rejecting(Good):
    def name(self): return "action_rejecting"
    async def run(self, dispatcher, tracker, domain): raise ActionExecutionRejection(self.name())
"""


@pytest.fixture(scope="module")
def action_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the real rasa_sdk server."""
    folder = tmp_path_factory.mktemp("actions")
    (folder / "try_actions.py").write_text(ACTIONS, "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "rasa_sdk", "--actions", "try_actions", "-p", str(port)],
        cwd=folder,
        env={**os.environ, "SANIC_HOST": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        process.kill()
        process.wait()


def wait_for_port(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("rasa_sdk did not start")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("action_broken", "status_500"), ("action_rejecting", "status_400"), ("action_unknown", "status_404")],
)
@pytest.mark.asyncio
async def test_faults_of_the_real_action_server(name: str, reason: str, action_server: str) -> None:
    tracker = DialogueStateTracker.from_events("a" * 64, [UserUttered(SECRET)], DOMAIN.slots)
    action = upstream.RemoteAction(name, EndpointConfig(action_server))

    assert_polite(await action.run(Said(), None, tracker, DOMAIN), reason)


@pytest.mark.asyncio
async def test_a_good_reply_of_the_real_action_server(action_server: str) -> None:
    said, slot = await run(action_server)

    assert (said.text, slot.value) == ("Phường Vũng Tàu", "Phường Vũng Tàu")
    assert said.data["custom"] == {"outcome": "answered"}


def test_a_second_call_takes_the_new_timeout_and_changes_nothing_else() -> None:
    before = upstream.RemoteAction.run, upstream.RemoteAction._validate_action_result
    apply_patches(Settings(action_timeout=7))

    assert upstream.DEFAULT_REQUEST_TIMEOUT == 7
    assert (upstream.RemoteAction.run, upstream.RemoteAction._validate_action_result) == before


@pytest.mark.parametrize("reply", [GOOD, {}, {"events": [{"event": "action", "name": "action_listen"}]}])
def test_a_valid_reply_is_accepted(reply: dict[str, Any]) -> None:
    assert upstream.RemoteAction("action_find_ward", None)._validate_action_result(reply)


def test_an_invalid_reply_is_refused() -> None:
    with pytest.raises(ValidationError):
        upstream.RemoteAction("action_find_ward", None)._validate_action_result({"events": {}})


def test_cost_of_a_check() -> None:
    """Print what the one validator saves; no limit, for machines differ."""
    action, rounds = upstream.RemoteAction("action_find_ward", None), 20
    start = time.perf_counter()
    for _ in range(rounds):
        action._validate_action_result(GOOD)

    print(f"check of a reply: {(time.perf_counter() - start) / rounds * 1000:.2f} ms")


def in_new_process(code: str, **environment: str) -> str:
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**plain, "PYTHONPATH": ".", **environment},
    )
    return done.stdout or done.stderr


SHOW = """
import os, sys
from bot.rasa_patches import prepare_environment
prepare_environment()
prepare_environment()
names = "RASA_TELEMETRY_ENABLED", "TICKET_LOCK_LIFETIME", "SANIC_WORKERS"
print(*(os.environ.get(name) for name in names), "rasa" in sys.modules)
"""


def test_the_environment_is_set_without_importing_rasa() -> None:
    shown = in_new_process(SHOW, RASA_TELEMETRY_ENABLED="true", SANIC_WORKERS="4")

    assert shown.split() == ["false", "600", "None", "False"]


def test_what_the_environment_says_already_wins_except_for_telemetry() -> None:
    shown = in_new_process(SHOW, RASA_TELEMETRY_ENABLED="true", TICKET_LOCK_LIFETIME="90")

    assert shown.split() == ["false", "90", "None", "False"]


def test_a_call_after_rasa_was_imported_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TICKET_LOCK_LIFETIME", raising=False)

    with pytest.raises(RuntimeError, match=r"TICKET_LOCK_LIFETIME.*earlier"):
        prepare_environment()


#: Digests of Rasa 3.6.21, and what to look at when one changes.
UPSTREAM = {
    "rasa.core.actions.action:RemoteAction.run": ("34d62ee8d811", "bot.rasa_patches._run replaces it"),
    "rasa.core.actions.action:RemoteAction._validate_action_result": (
        "8abc34d36fa5",
        "bot.rasa_patches._validate_action_result replaces it",
    ),
    "rasa.core.actions.action:RemoteAction.action_response_format_spec": (
        "2779c07fa993",
        "the validator is built from it once: it must not depend on the call",
    ),
    "rasa.core.actions.action:RemoteAction._action_call_format": ("c5ceef0ee700", "_run calls it"),
    "rasa.core.actions.action:RemoteAction._utter_responses": ("73145d5fee02", "_run calls it"),
    "rasa.core.actions.action:create_bot_utterance": ("3d75044a9800", "`custom` must still land in the event's data"),
    "rasa.utils.endpoints:EndpointConfig.request": ("71217d4aa3ee", "bot.rasa_patches._post replaces it for actions"),
    "rasa.utils.endpoints:EndpointConfig.session": ("92daaf0279bf", "_post calls it: headers and authentication"),
    "rasa.utils.endpoints:EndpointConfig.combine_parameters": ("bbea2b1c4bf2", "_post calls it: the token"),
    "rasa.core.processor:MessageProcessor._run_action": ("3dba31e98263", "events of a fault must still be sent"),
}


@pytest.mark.parametrize("name", UPSTREAM)
def test_upstream_is_what_the_patches_were_written_for(name: str, upstream_digest: Callable[[str], str]) -> None:
    recorded, what = UPSTREAM[name]

    assert upstream_digest(name) == recorded, (
        f"Rasa changed {name}. {what}: compare it with Rasa 3.6.21, mend bot/rasa_patches.py, then record the new digest"
    )
