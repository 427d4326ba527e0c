"""Every place where this project changes Rasa 3.6.21, and the environment that Rasa reads; nothing else may.

=====================================================  ==========================================================
upstream                                               what is put in its place, and why
=====================================================  ==========================================================
``rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT``   ``settings.action_timeout``; a hung action cost 300 s
``RemoteAction._validate_action_result``               one validator, built once: 0.1 ms a call instead of 17
``RemoteAction.run``                                   a fault gives the polite line and an outcome, not silence
=====================================================  ==========================================================

Evidence: rasa-operations.md sections 3 and 6. tests/bot/test_rasa_patches.py fails when an upstream part changes.
Rasa is imported inside the functions: :func:`prepare_environment` has to come before it.
"""

import asyncio
import json
import logging
import os
import ssl
import sys
from functools import lru_cache
from typing import Any

import aiohttp
from jsonschema import ValidationError, validators
from jsonschema.exceptions import best_match

from faq.desk.outcomes import Outcome
from faq.settings import Settings

_log = logging.getLogger(__name__)

#: What the person reads when an action fails, whatever the fault was.
POLITE_LINE = (
    "Xin lỗi bác, phần này đang trục trặc. Bác thử lại sau ít phút, hoặc hỏi trung tâm phục vụ hành chính công"
    " xã, phường."
)
#: Longest reply of an action in bytes; ours have some kB, and a reply is held in memory as a whole.
LARGEST_REPLY = 1_000_000
#: Most events and most responses of a reply; ours have a few. The check of one event costs 0.4 ms of everybody's time.
MOST_ITEMS = 100
_CHUNK = 64 * 1024

#: Not a choice: it would report to a third party, and with sentry-sdk 2 Rasa does not start with it.
_ALWAYS = {"RASA_TELEMETRY_ENABLED": "false"}
#: Values of rasa-operations.md section 3; what the environment already says wins.
_UNLESS_SET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",  # Rasa imports TensorFlow though nothing here uses it: errors only
    "CUDA_VISIBLE_DEVICES": "-1",
    "SQL_POOL_SIZE": "2",
    "SQL_MAX_OVERFLOW": "2",
    "TICKET_LOCK_LIFETIME": "600",  # one process with locks in memory: longer than any turn
    "MAX_NUMBER_OF_PREDICTIONS": "10",
}


class ActionError(Exception):
    """An action server answered, but not as agreed.

    Attributes:
        reason: Class of the fault, the ``reason`` of the message in the ledger.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


#: Errors that are no :class:`ActionError`; the first kind that fits counts.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (asyncio.TimeoutError, "timeout"),
    (aiohttp.ClientConnectorError, "unreachable"),
    (aiohttp.ClientError, "connection"),
    (ValidationError, "invalid_schema"),
)


def prepare_environment() -> None:
    """Set what Rasa and TensorFlow read from the environment; call before anything imports them.

    Raises:
        RuntimeError: Rasa is already imported and has read other values.
    """
    wanted = {**_UNLESS_SET, **{name: os.environ[name] for name in _UNLESS_SET if os.environ.get(name)}, **_ALWAYS}
    changed = {name: value for name, value in wanted.items() if os.environ.get(name) != value}
    if changed and "rasa.core" in sys.modules:
        raise RuntimeError(f"Rasa was imported before {sorted(changed)[0]} was set: call prepare_environment() earlier")
    os.environ.update(changed)
    # Several workers would share the port unevenly, and a model swap would reach one of them.
    os.environ.pop("SANIC_WORKERS", None)


def apply_patches(settings: Settings) -> None:
    """Put our parts in place of Rasa's; a second call changes nothing but the timeout."""
    from rasa.core.actions import action

    action.DEFAULT_REQUEST_TIMEOUT = settings.action_timeout
    action.RemoteAction._validate_action_result = _validate_action_result
    action.RemoteAction.run = _run
    _validator()  # built here, not while the first person waits


@lru_cache(maxsize=1)
def _validator() -> Any:
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    kind = validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def _validate_action_result(action: Any, result: Any) -> bool:
    """Check a reply as ``RemoteAction._validate_action_result`` does, with a validator that is built once.

    Raises:
        ValidationError: The reply has another form. Its text repeats the reply: never log it.
    """
    error = best_match(_validator().iter_errors(result))
    if error is not None:
        raise error
    return True


async def _run(action: Any, output_channel: Any, nlg: Any, tracker: Any, domain: Any) -> list[Any]:
    """Run a custom action in place of ``RemoteAction.run``: same request, same events, but a fault gives a line.

    Also gone are the hooks of Rasa Pro, the compression of requests, and ``ActionExecutionRejection``: nothing here has
    a form that could reject, so a 400 is a fault like any other.
    """
    try:
        body = action._action_call_format(tracker, domain)
        reply = _parse(await asyncio.wait_for(_post(action.action_endpoint, body), _timeout()))
        action._validate_action_result(reply)
        return await _events_of(action, reply, output_channel, nlg, tracker)
    except Exception as error:  # the edge to another process: whatever it does, the person gets a line
        reason = _reason_of(error)
        _log.error("action %s failed: %s", action.name(), reason)
        return [_polite_utterance(reason)]


def _timeout() -> float:
    from rasa.core.actions import action

    return float(action.DEFAULT_REQUEST_TIMEOUT)


async def _post(endpoint: Any, body: dict[str, Any]) -> bytes:
    """Send one request as ``EndpointConfig.request`` does, but read no more than an action may say."""
    from rasa.utils.endpoints import concat_url

    if endpoint is None:
        raise ActionError("no_endpoint")
    context = ssl.create_default_context(cafile=endpoint.cafile) if endpoint.cafile else True
    async with (
        endpoint.session() as session,
        session.post(
            concat_url(endpoint.url, None),
            json=body,
            params=endpoint.combine_parameters(),
            ssl=context,
            allow_redirects=False,
        ) as response,
    ):
        if response.status != 200:
            raise ActionError(f"status_{response.status}")
        return await _read(response.content)


async def _read(content: Any) -> bytes:
    reply = bytearray()
    async for chunk in content.iter_chunked(_CHUNK):
        reply += chunk
        if len(reply) > LARGEST_REPLY:
            raise ActionError("too_large")
    return bytes(reply)


def _parse(reply: bytes) -> Any:
    try:
        found = json.loads(reply)
    except (ValueError, RecursionError) as error:
        raise ActionError("not_json") from error
    lists = found.values() if isinstance(found, dict) else ()
    if any(len(items) > MOST_ITEMS for items in lists if isinstance(items, list)):
        raise ActionError("too_large")
    return found


async def _events_of(action: Any, reply: dict[str, Any], output_channel: Any, nlg: Any, tracker: Any) -> list[Any]:
    from rasa.shared.core.events import deserialise_events

    utterances = await action._utter_responses(reply.get("responses", []), output_channel, nlg, tracker)
    return [*utterances, *deserialise_events(reply.get("events", []))]


def _reason_of(error: Exception) -> str:
    if isinstance(error, ActionError):
        return error.reason
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), "unexpected")


def _polite_utterance(reason: str) -> Any:
    from rasa.core.actions.action import create_bot_utterance

    custom = {"outcome": Outcome.ERROR_ACTION.value, "reason": reason}
    return create_bot_utterance({"text": POLITE_LINE, "custom": custom})
