"""The web chat: a page and a small JSON API, as a Rasa input channel.

A browser is known by a random cookie; the database keeps only its keyed hash.
"""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from connectors.base.inbox import Event, RefusedError
from connectors.base.keys import hash_key
from connectors.base.server import Hub, shared_hub
from connectors.base.turn import OnNewMessage
from faq.clock import now
from faq.desk import ledger
from faq.desk.failures import FAILURES

PAGE = Path(__file__).parent / "page"
COOKIE = "troly"
_COOKIE_DAYS = 30
_SHORTEST_TOKEN = 32  # characters; ours have 43
_KINDS = ("text", "image", "file", "sticker", "voice", "location")
_LONGEST_WAIT = 25  # seconds; below the 30 s at which proxies give up
_OVERDUE = 60  # seconds; an open message older than this means that answering has stopped
_LOOK_AGAIN = 2.0  # seconds between looks for replies that another process wrote
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class BadMessageError(ValueError):
    """A body that cannot be a message; the text is shown to the person."""


class WebInput(InputChannel):
    """Rasa input channel ``web``; routes under ``/webhooks/web/``."""

    @classmethod
    def name(cls) -> str:
        """Give the channel's name (see parent class)."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "WebInput":
        """Build the channel; it needs no credentials (see parent class)."""
        return cls()

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Give the routes (see parent class)."""
        hub = shared_hub()
        routes = Blueprint("web")
        hub.attach(routes, on_new_message)
        self._add_page(routes)
        self._add_api(routes, hub)
        self._add_health(routes, hub)
        return routes

    def _add_page(self, routes: Blueprint) -> None:
        files = {path.name: path for path in PAGE.iterdir() if path.suffix in _TYPES}

        @routes.get("/", strict_slashes=True)
        async def page(request: Request) -> HTTPResponse:
            return _with_cookie(request, await _file(files["index.html"]))

        @routes.get("", strict_slashes=True)
        async def bare(request: Request) -> HTTPResponse:
            return response.redirect("/webhooks/web/", headers=_HEADERS)

        @routes.get("/<name:str>")
        async def part(request: Request, name: str) -> HTTPResponse:
            return await _file(files[name]) if name in files else _error(404, "Không có trang này.")

    def _add_api(self, routes: Blueprint, hub: Hub) -> None:
        @routes.post("/messages")
        async def messages(request: Request) -> HTTPResponse:
            sender = _sender(request, hub)
            if sender is None:
                return _error(401, "Bác mở lại trang này giúp trợ lý.")
            return await _accept(request, hub, sender)

        @routes.get("/replies")
        async def replies(request: Request) -> HTTPResponse:
            sender = _sender(request, hub)
            if sender is None:
                return _error(401, "Bác mở lại trang này giúp trợ lý.")
            try:
                found = await _wait_for_replies(hub, sender, _number(request, "after"), _number(request, "wait"))
            except SQLAlchemyError:
                return _unavailable()
            return response.json(found, headers=_HEADERS)

    def _add_health(self, routes: Blueprint, hub: Hub) -> None:
        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            older = now() - timedelta(seconds=_OVERDUE)
            try:
                overdue = await asyncio.get_running_loop().run_in_executor(None, ledger.stale, hub.engine, older)
            except SQLAlchemyError:
                return _unavailable()
            found = {"alive": True, "overdue": overdue, "failures": dict(FAILURES)}
            return response.json(found, headers=_HEADERS)

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            status = 200 if hub.is_ready else 503
            return response.json({"ready": hub.is_ready}, status=status, headers=_HEADERS)


async def _accept(request: Request, hub: Hub, sender: str) -> HTTPResponse:
    if len(request.body) > hub.settings.largest_body:
        return _error(413, "Tin nhắn lớn quá. Bác chỉ gửi chữ giúp trợ lý.")
    try:
        event = decode(request.json, sender)
    except BadMessageError as error:
        return _error(400, str(error))
    except Exception:  # Sanic's own parser raises several kinds; a broken body is never a 500 (faults.md 31)
        return _error(400, "Tin nhắn bị hỏng. Bác tải lại trang rồi gửi lại giúp trợ lý.")
    if hub.inbox is None:
        return _unavailable()
    try:
        await hub.inbox.accept(event)
    except RefusedError as refusal:
        line = "Bác nhắn nhanh quá, trợ lý trả lời chưa kịp. Bác chờ một phút rồi gửi tiếp."
        body = {"error": line, "retry_after": refusal.retry_after}
        return response.json(body, status=429, headers=_HEADERS | {"Retry-After": str(refusal.retry_after)})
    except SQLAlchemyError:
        return _unavailable()
    return response.json({"accepted": True}, status=202, headers=_HEADERS)


def decode(body: Any, sender: str) -> Event:
    """Read one posted message.

    Raises:
        BadMessageError: The body is not of the documented form (docs/channels/web.md).
    """
    if not isinstance(body, Mapping):
        raise BadMessageError("Tin nhắn bị hỏng. Bác tải lại trang rồi gửi lại giúp trợ lý.")
    text, payload, kind = body.get("text", ""), body.get("payload"), body.get("kind", "text")
    is_known = isinstance(text, str) and (payload is None or isinstance(payload, dict)) and kind in _KINDS
    if not is_known or not _is_uuid(body.get("id")):
        raise BadMessageError("Tin nhắn bị hỏng. Bác tải lại trang rồi gửi lại giúp trợ lý.")
    # The id is random and the browser's own: nobody guesses another person's, and it tells nothing after a deletion.
    return Event("web", str(UUID(body["id"])), sender, text, payload, kind)


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


async def _wait_for_replies(hub: Hub, sender: str, after: int, wait: int) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    ends = loop.time() + min(wait, _LONGEST_WAIT)
    while True:
        seen = hub.inbox.answers if hub.inbox else 0  # before the look, so that no answer falls in between
        found = await loop.run_in_executor(None, _replies, hub, sender, after)
        left = ends - loop.time()
        if found["replies"] or left <= 0 or hub.inbox is None:
            return found
        await hub.inbox.wait_for_answers(seen, min(left, _LOOK_AGAIN))


def _replies(hub: Hub, sender: str, after: int) -> dict[str, Any]:
    parts = ledger.parts_after(hub.engine, "web", sender, after)
    ledger.mark_sent(hub.engine, [part.id for part in parts if part.state != "sent"], now()) if parts else None
    replies = [{"number": part.id, "to": part.event_id, **part.body} for part in parts]
    return {
        "replies": replies,
        "typing": ledger.waiting(hub.engine, sender) > 0,
        "next": parts[-1].id if parts else after,
    }


def _number(request: Request, name: str) -> int:
    value = request.args.get(name, "0")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0


def _sender(request: Request, hub: Hub) -> str | None:
    token = _token(request)
    return ledger.sender_key(hash_key(hub.settings), "web", token) if token else None


def _token(request: Request) -> str:
    token = request.cookies.get(COOKIE, "")
    return token if len(token) >= _SHORTEST_TOKEN else ""


def _with_cookie(request: Request, answer: HTTPResponse) -> HTTPResponse:
    if not _token(request):
        answer.cookies[COOKIE] = secrets.token_urlsafe(32)
        answer.cookies[COOKIE].update(
            {"httponly": True, "samesite": "Lax", "path": "/webhooks/web", "max-age": _COOKIE_DAYS * 86400}
        )
        if request.headers.get("x-forwarded-proto") == "https":
            answer.cookies[COOKIE]["secure"] = True
    return answer


async def _file(path: Path) -> HTTPResponse:
    return response.raw(path.read_bytes(), content_type=_TYPES[path.suffix], headers=_HEADERS)


def _error(status: int, line: str) -> HTTPResponse:
    return response.json({"error": line}, status=status, headers=_HEADERS)


def _unavailable() -> HTTPResponse:
    line = "Trợ lý tạm thời chưa nhận được tin. Bác chờ ít giây rồi gửi lại."
    return response.json({"error": line}, status=503, headers=_HEADERS | {"Retry-After": "5"})
