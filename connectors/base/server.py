"""What all channels of one Rasa process share: engine, inbox, readiness."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from sanic import Sanic
from sqlalchemy.engine import Engine

from connectors.base.answering import answering
from connectors.base.inbox import Inbox
from connectors.base.turn import OnNewMessage
from faq.db import connect
from faq.matching.wordings import load_labelled
from faq.privacy.masking import prepare as prepare_masking
from faq.settings import Settings, load_settings

_log = logging.getLogger(__name__)
#: Python's own default is 6 on two cores: as many writers that wait for a locked database would stop all the rest.
_THREADS = 32
_PATIENCE_AT_STOP = 5.0  # seconds for turns under way; supervisors kill after 10


class Hub:
    """The inbox of a process and whether it may receive traffic."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine: Engine = connect(settings.database_url)
        self.inbox: Inbox | None = None
        self.is_ready = False

    def attach(self, blueprint: Any, on_new_message: OnNewMessage) -> None:
        """Start and stop with the Sanic server; several channels may attach, the first one starts the inbox."""

        @blueprint.listener("before_server_start")  # type: ignore[misc]  # Sanic 21 is untyped
        async def limit(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
            # Sanic would take 100 MB into memory. Twice ours: what is a little too large still gets a line of ours.
            app.config.REQUEST_MAX_SIZE = 2 * self.settings.largest_body

        @blueprint.listener("after_server_start")  # type: ignore[misc]
        async def start(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            if self.inbox is None:
                loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="database"))
                self.inbox = Inbox(self.engine, self.settings, answering(self.engine, on_new_message))
                await asyncio.to_thread(prepare_masking)  # else the first one who writes a number waits for it
                self.is_ready = await self._answers_golden(app)
                self.inbox.start()

        @blueprint.listener("before_server_stop")  # type: ignore[misc]
        async def stop(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
            inbox, self.inbox, self.is_ready = self.inbox, None, False
            if inbox is not None:
                await inbox.stop(_PATIENCE_AT_STOP)

    async def _answers_golden(self, app: Sanic) -> bool:
        """Ask the loaded model one golden question: an open port proves nothing (rasa-operations.md section 3)."""
        golden = load_labelled(self.settings.nlu_data / "evaluation" / "golden.yml")[0]
        agent = app.ctx.agent
        if agent is None or not agent.is_ready():
            _log.error("no model is loaded: run `troly train`")
            return False
        found = (await agent.parse_message(golden.text)).get("faq", {})
        is_right = any(target["entry"] in golden.entries for target in found.get("targets", ()))
        if not is_right:
            _log.error("the loaded model does not answer the golden question: run `troly train --force`")
        if is_right and not keeps_conversations(agent):
            _log.error("conversations would be kept in memory only: check tracker_store in bot/endpoints.yml")
            return False
        return is_right


def keeps_conversations(agent: Any) -> bool:
    """Tell whether an agent's store is a lasting one: for a misspelt type Rasa only warns and uses memory."""
    store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
    return bool(getattr(store, "keeps_conversations", False))


@lru_cache(maxsize=1)
def shared_hub() -> Hub:
    """Give the hub of this process."""
    return Hub(load_settings())
