"""Which doors are open: our own routes, on the loopback address, with headers that keep browsers safe."""

import re
from pathlib import Path

import pytest
import requests

from tests.serving.conftest import PATIENCE, Server

_OURS = {
    "Content-Security-Policy": re.compile(r"default-src 'self'(?!.*(unsafe|https?:|\*))"),
    "X-Content-Type-Options": re.compile("nosniff"),
    "Referrer-Policy": re.compile("no-referrer"),
    "Cache-Control": re.compile("no-cache|no-store"),
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/webhooks/rest/webhook"),
        ("POST", "/webhooks/callback/webhook"),
        ("POST", "/webhooks/telegram/webhook"),
        ("GET", "/webhooks/telegram/set_webhook"),
        ("GET", "/socket.io/?EIO=4&transport=polling"),
        ("GET", "/webhooks/socketio/"),
        ("GET", "/status"),
        ("GET", "/version"),
        ("GET", "/domain"),
        ("PUT", "/model"),
        ("DELETE", "/model"),
        ("POST", "/model/train"),
        ("POST", "/model/parse"),
        ("POST", "/model/predict"),
        ("GET", "/conversations/x/tracker"),
        ("GET", "/conversations/x/story"),
        ("POST", "/conversations/x/messages"),
        ("POST", "/conversations/x/execute"),
        ("POST", "/conversations/x/tracker/events"),
        ("POST", "/conversations/x/trigger_intent"),
        ("GET", "/webhooks/web/../../bot/credentials.yml"),
        ("GET", "/webhooks/web/%2e%2e%2fchannel.py"),
        ("GET", "/webhooks/web/channel.py"),
    ],
)
def test_nothing_else_is_served(server: Server, method: str, path: str) -> None:
    request = requests.Request(method, f"http://127.0.0.1:{server.port}/").prepare()
    request.url = f"http://127.0.0.1:{server.port}{path}"  # as written: requests would tidy the dots away
    request.body = b'{"sender": "x", "message": "xin chao", "text": "xin chao"}'
    request.headers["Content-Length"] = str(len(request.body))
    answer = requests.Session().send(request, timeout=PATIENCE)

    assert answer.status_code in (404, 405), answer.text
    assert "troly" not in answer.text


def test_only_this_machine_is_listened_to(server: Server) -> None:
    """From the kernel's own list: state 0A is LISTEN, the address 7F000001 backwards."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            address, port = words[1].rsplit(":", 1)
            if words[3] == "0A" and int(port, 16) in (server.port, server.action_port):
                found[int(port, 16)] = address

    assert found == {server.port: "0100007F", server.action_port: "0100007F"}


@pytest.mark.parametrize(
    "path", ["", "chat.js", "chat.css", "icon.svg", "replies?after=0", "gibtsnicht", "health", "ready"]
)
def test_every_answer_has_the_safe_headers(server: Server, path: str) -> None:
    answer = requests.get(f"{server.page}{path}", timeout=PATIENCE)

    for name, pattern in _OURS.items():
        assert pattern.search(answer.headers.get(name, "")), f"{name}: {answer.headers.get(name)}"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_health_and_readiness(server: Server) -> None:
    health = requests.get(f"{server.page}health", timeout=PATIENCE).json()
    assert (health["alive"], health["overdue"]) == (True, 0)
    assert requests.get(f"{server.page}ready", timeout=PATIENCE).json() == {"ready": True}


def test_the_page_is_found_without_its_slash(server: Server) -> None:
    answer = requests.get(server.page.rstrip("/"), timeout=PATIENCE)

    assert answer.url == server.page
    assert "Trợ lý dịch vụ công" in answer.text
