"""The tracker store on both databases, alone, inside Rasa's own wrapper, and under a real Rasa agent."""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.tracker_store import (
    FailSafeTrackerStore,
    InMemoryTrackerStore,
    SQLTrackerStore,
    TrackerStore,
    check_if_tracker_store_async,
)
from rasa.model_training import train
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    DefinePrevUserUtteredFeaturization,
    EntitiesAdded,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy import event as listening
from sqlalchemy import insert, select, text
from sqlalchemy.engine import Engine

from bot import tracker_store as ours
from bot.tracker_store import LeanTrackerStore, TrackerStoreError
from connectors.base.server import keeps_conversations
from faq.desk.failures import FAILURES, Failure, turn_failures
from faq.errors import SettingsError
from faq.tables import event as event_table

ANN, BINH = "a" * 64, "b" * 64
SPOKEN = "Làm khai sinh cho cháu ở đâu vậy ạ 🙏"
SESSION = """
version: "3.1"
session_config: {session_expiration_time: 45, carry_over_slots_to_new_session: %s}
intents: [answer, nlu_fallback]
slots: {ward: {type: text, influence_conversation: false, mappings: [{type: custom}]}}
responses: {utter_answer: [{text: "Dạ, bác ra phường.", custom: {outcome: answered, state: {entry: khai-sinh}}}]}
"""
DOMAIN = Domain.from_yaml(SESSION % "false")
CARRYING = Domain.from_yaml(SESSION % "true")


def asks(spoken: str = SPOKEN) -> Any:
    """Give a question as our pipeline leaves it, with the decision in the parse data."""
    parsed = {
        "intent": {"name": "answer", "confidence": 0.93},
        "text": spoken,
        "entities": [{"entity": "procedure", "value": "khai sinh", "start": 4, "end": 13, "extractor": "Spacy"}],
        "faq": {
            "intent": "answer",
            "candidates": [{"entry": f"entry-{n}", "probability": 0.9 / (n + 1)} for n in range(9)],
        },
    }
    return UserUttered(
        spoken,
        parsed["intent"],
        parsed["entities"],
        parsed,
        input_channel="web",
        message_id="71",
        metadata={"message_id": 71, "payload": {"choose": "khai-sinh"}, "kind": "text"},
    )


def replies(number: int = 0) -> Any:
    custom = {"outcome": "answered", "candidates": [], "state": {"entry": "khai-sinh", "reply": number}}
    data = {"buttons": [{"title": "Đúng", "payload": "dung"}], "custom": custom}
    return BotUttered("Bác ra ủy ban phường. " * 15, data, {"utter_action": "utter_answer", "model_id": "m" * 32})


def turn(number: int = 0) -> list[Any]:
    """Give the events that one message leaves."""
    return [
        asks(f"{SPOKEN} {number}"),
        DefinePrevUserUtteredFeaturization(False),
        SlotSet("ward", f"Phường {number}"),
        ActionExecuted("utter_answer", "RulePolicy", 1.0),
        replies(number),
        ActionExecuted("action_listen"),
    ]


def session_start() -> list[Any]:
    return [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]


def store_of(engine: Engine, messages: int = 50, domain: Any = DOMAIN, broker: Any = None) -> LeanTrackerStore:
    return LeanTrackerStore(domain, broker, engine=engine, session_messages=messages)


@pytest.fixture
def store(engine: Engine) -> LeanTrackerStore:
    return store_of(engine)


async def talk(store: Any, sender: str, events: list[Any]) -> Any:
    """Do what Rasa does with one message: read, add, save."""
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    tracker.update_with_events(events, DOMAIN)
    await store.save(tracker)
    return tracker


def plain(tracker: Any) -> list[dict[str, Any]]:
    return [event.as_dict() for event in tracker.events]


def asked(tracker: Any) -> int:
    return sum(isinstance(event, UserUttered) for event in tracker.events)


def rows(engine: Engine) -> list[bytes]:
    with engine.begin() as connection:
        return list(connection.execute(select(event_table.c.body).order_by(event_table.c.id)).scalars())


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that reach the database, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    listening.listen(engine, "before_cursor_execute", note)
    yield seen
    listening.remove(engine, "before_cursor_execute", note)


@contextmanager
def broken(engine: Engine) -> Iterator[None]:
    """Take the table away, so that reads and saves fail for real."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE event RENAME TO away"))
    yield
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO event"))


# --- what is kept


@pytest.mark.asyncio
async def test_every_kind_of_event_comes_back_as_it_was(engine: Engine) -> None:
    events = [
        *session_start(),
        *turn(),
        EntitiesAdded([{"entity": "ward", "value": "Phường Vũng Tàu"}]),
        AllSlotsReset(),
        FollowupAction("action_listen"),
        ConversationPaused(),
        ConversationResumed(),
        UserUtteranceReverted(),
        Restarted(),
        *turn(1),
    ]
    saved = await talk(store_of(engine), ANN, events)
    found = await store_of(engine).retrieve(ANN)

    assert plain(found) == plain(saved)[1:]  # what precedes the session start is no part of the session
    assert found.current_state() == saved.current_state()
    assert found.latest_message.parse_data["faq"]["candidates"][0] == {"entry": "entry-0", "probability": 0.9}
    assert found.latest_bot_utterance.data["custom"]["state"] == {"entry": "khai-sinh", "reply": 1}
    assert found.get_slot("ward") == "Phường 1"


@pytest.mark.parametrize("spoken", ["Thủ tục", "hộ khẩu", "half an emoji \ud83d", '"\\ \x00 \u2028', "🇻🇳👨‍👩‍👧", ""])
@pytest.mark.asyncio
async def test_every_text_comes_back_as_it_was(spoken: str, store: LeanTrackerStore) -> None:
    await talk(store, ANN, [asks(spoken)])

    assert (await store.retrieve(ANN)).latest_message.text == spoken


@pytest.mark.asyncio
async def test_a_body_is_compact_json_with_its_type_in_front(store: LeanTrackerStore, engine: Engine) -> None:
    await talk(store, ANN, [SlotSet("ward", "Phường Vũng Tàu", timestamp=5.0)])

    body = rows(engine)[0].decode()
    assert body.startswith('{"event":"slot","timestamp":')
    assert body.endswith(',"name":"ward","value":"Phường Vũng Tàu"}')


@pytest.mark.asyncio
async def test_rows_carry_the_moment_for_the_retention_job(store: LeanTrackerStore, engine: Engine) -> None:
    await talk(store, ANN, turn())
    with engine.begin() as connection:
        moments = set(connection.execute(select(event_table.c.created_at)).scalars())

    assert len(moments) == 1
    assert abs((datetime.now(timezone.utc) - moments.pop()).total_seconds()) < 60


@pytest.mark.asyncio
async def test_a_new_person_has_no_tracker(store: LeanTrackerStore) -> None:
    await talk(store, ANN, turn())

    assert await store.retrieve(BINH) is None
    assert await store.retrieve_full_tracker(BINH) is None


@pytest.mark.asyncio
async def test_only_the_last_session_is_read_and_the_full_tracker_has_all(store: LeanTrackerStore) -> None:
    await talk(store, ANN, [*session_start(), *turn(1), *turn(2)])
    await talk(store, ANN, [*session_start(), *turn(3)])

    assert asked(await store.retrieve(ANN)) == 1
    assert asked(await store.retrieve_full_tracker(ANN)) == 3


@pytest.mark.asyncio
async def test_a_full_tracker_can_be_continued(store: LeanTrackerStore, engine: Engine) -> None:
    await talk(store, ANN, [*session_start(), *turn(1), *session_start(), *turn(2)])
    full = await store.retrieve_full_tracker(ANN)
    full.update(asks())
    before = len(rows(engine))
    await store.save(full)

    assert len(rows(engine)) == before + 1


@pytest.mark.asyncio
async def test_words_that_look_like_a_session_start_are_only_words(store: LeanTrackerStore) -> None:
    await talk(store, ANN, [*session_start(), *turn(1)])
    await talk(store, ANN, [asks('{"event":"session_started","timestamp":1}')])

    assert asked(await store.retrieve(ANN)) == 2


@pytest.mark.asyncio
async def test_two_stores_share_one_conversation(engine: Engine) -> None:
    """Two processes answer the same person by turns, as behind nginx."""
    stores = store_of(engine), store_of(engine)
    await talk(stores[0], ANN, session_start())
    for number in range(6):
        await talk(stores[number % 2], ANN, turn(number))
    first, second = [await store.retrieve(ANN) for store in stores]

    assert plain(first) == plain(second)
    assert [event.text for event in first.events if isinstance(event, UserUttered)] == [
        f"{SPOKEN} {number}" for number in range(6)
    ]


@pytest.mark.asyncio
async def test_a_second_save_adds_only_what_is_new(store: LeanTrackerStore, engine: Engine) -> None:
    tracker = await talk(store, ANN, turn(1))
    tracker.update_with_events(turn(2), DOMAIN)
    await store.save(tracker)
    await store.save(tracker)

    assert len(rows(engine)) == len(turn()) * 2


@pytest.mark.asyncio
async def test_one_select_and_one_insert_a_message(store: LeanTrackerStore, engine: Engine) -> None:
    await talk(store, ANN, [*session_start(), *turn(1)])
    with statements(engine) as seen:
        await talk(store, ANN, turn(2))

    words = [statement.split()[0] for statement, _ in seen if "event" in statement]
    assert words == ["SELECT", "INSERT"]


@pytest.mark.asyncio
async def test_the_last_session_is_found_through_the_index(store: LeanTrackerStore, engine: Engine) -> None:
    """A person with years of messages costs no more than a new one: no statement reads the whole table."""
    with statements(engine) as seen:
        await store.retrieve(ANN)
    statement, parameters = seen[-1]
    is_postgres = engine.dialect.name == "postgresql"
    with engine.begin() as connection:
        if is_postgres:  # it would scan a table as small as this one
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.exec_driver_sql(f"EXPLAIN {'' if is_postgres else 'QUERY PLAN'} {statement}", parameters)
        steps = [str(row[-1]) for row in plan]

    assert len([step for step in steps if "ix_event_sender" in step]) == 2
    assert not [step for step in steps if "SCAN event" in step or "SCAN earlier" in step or "Seq Scan" in step]


@pytest.mark.asyncio
async def test_a_restart_of_the_database_costs_nothing(store: LeanTrackerStore, engine: Engine) -> None:
    """Each pooled connection is asked whether it still lives; Rasa's store loses a turn on each."""
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    await talk(store, ANN, turn(1))
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    await talk(store, ANN, turn(2))

    assert asked(await store.retrieve(ANN)) == 2


# --- people and deletion


@pytest.mark.asyncio
async def test_keys_are_the_people_with_events(store: LeanTrackerStore) -> None:
    await talk(store, BINH, turn())
    await talk(store, ANN, turn())
    await talk(store, ANN, turn())

    assert list(await store.keys()) == [ANN, BINH]


@pytest.mark.asyncio
async def test_delete_removes_one_person_and_nobody_else(store: LeanTrackerStore, engine: Engine) -> None:
    await talk(store, ANN, turn())
    await talk(store, BINH, turn())

    assert await store.delete(ANN) == len(turn())
    assert await store.delete(ANN) == 0
    assert await store.retrieve(ANN) is None
    assert list(await store.keys()) == [BINH]
    assert len(rows(engine)) == len(turn())


@pytest.mark.asyncio
async def test_a_deleted_person_begins_anew(store: LeanTrackerStore) -> None:
    await talk(store, ANN, turn(1))
    await store.delete(ANN)
    await talk(store, ANN, turn(2))

    assert asked(await store.retrieve_full_tracker(ANN)) == 1


# --- the bounded session


@pytest.mark.asyncio
async def test_after_fifty_messages_a_new_session_begins_by_itself(store: LeanTrackerStore) -> None:
    await talk(store, ANN, session_start())
    seen = []
    for number in range(60):
        seen.append(asked(await store.retrieve(ANN)))
        await talk(store, ANN, turn(number))
    found = await store.retrieve(ANN)

    assert max(seen) == 49
    assert seen[48:53] == [48, 49, 0, 1, 2]
    assert asked(found) == 10
    assert isinstance(found.events[0], SessionStarted)
    assert asked(await store.retrieve_full_tracker(ANN)) == 60


@pytest.mark.asyncio
async def test_a_session_that_is_already_too_long_ends_at_once(store: LeanTrackerStore) -> None:
    """Someone lowered the setting, or the events have no session start at all."""
    await talk(store, ANN, [event for number in range(60) for event in turn(number)])

    assert asked(await store.retrieve(ANN)) == 0
    await talk(store, ANN, turn(60))
    assert asked(await store.retrieve(ANN)) == 1


@pytest.mark.asyncio
async def test_a_new_session_remembers_the_last_replies(engine: Engine) -> None:
    """The 51st message may be "next step" or a number: the reply it means must still be known."""
    store = store_of(engine, messages=5)
    await talk(store, ANN, session_start())
    for number in range(5):
        await talk(store, ANN, turn(number))
    fresh = await store.retrieve(ANN)
    await talk(store, ANN, turn(5))
    found = await store.retrieve(ANN)

    remembered = [event.data["custom"]["state"]["reply"] for event in fresh.events if isinstance(event, BotUttered)]
    assert remembered == [2, 3, 4]
    assert [type(event) for event in fresh.events] == [
        ActionExecuted,
        SessionStarted,
        BotUttered,
        BotUttered,
        BotUttered,
        ActionExecuted,
    ]
    assert fresh.applied_events()  # else Rasa would begin yet another session
    assert asked(found) == 1
    assert len([event for event in found.events if isinstance(event, BotUttered)]) == 4


@pytest.mark.asyncio
async def test_a_new_session_forgets_replies_older_than_a_session_lasts(engine: Engine) -> None:
    store = store_of(engine, messages=1)
    tracker = await store.get_or_create_tracker(ANN)
    old = replies()
    old.timestamp = time.time() - 46 * 60
    for event in (asks(), old):
        tracker.update(event)
    await store.save(tracker)

    assert not [event for event in (await store.retrieve(ANN)).events if isinstance(event, BotUttered)]


@pytest.mark.parametrize(("domain", "ward"), [(DOMAIN, None), (CARRYING, "Phường 4")], ids=["by default", "if wished"])
@pytest.mark.asyncio
async def test_a_new_session_keeps_slots_as_the_domain_says(domain: Any, ward: str | None, engine: Engine) -> None:
    store = store_of(engine, messages=5, domain=domain)
    for number in range(5):
        await talk(store, ANN, turn(number))

    assert (await store.retrieve(ANN)).get_slot("ward") == ward


@pytest.mark.asyncio
async def test_reading_alone_begins_no_session(engine: Engine) -> None:
    store = store_of(engine, messages=1)
    await talk(store, ANN, turn())
    before = rows(engine)
    for _ in range(3):
        await store.retrieve(ANN)

    assert rows(engine) == before


# --- failures


@pytest.fixture
def own_store(own_engine: Engine) -> LeanTrackerStore:
    """Give a store on a database whose table may be taken away."""
    return store_of(own_engine)


@pytest.mark.asyncio
async def test_a_failed_read_costs_no_turn(own_engine: Engine, own_store: LeanTrackerStore) -> None:
    """Rasa's SQL store skips the save after a failed read: it takes the number of stored events as an offset."""
    wrapped = FailSafeTrackerStore(own_store)
    await talk(wrapped, ANN, [*session_start(), *turn(1), *turn(2)])
    with broken(own_engine), turn_failures() as failures:
        tracker = await wrapped.get_or_create_tracker(ANN, append_action_listen=False)
    tracker.update_with_events([*session_start(), *turn(3)], DOMAIN)
    await wrapped.save(tracker)

    assert [failure.operation for failure in failures] == ["read"]
    assert asked(await own_store.retrieve_full_tracker(ANN)) == 3
    assert asked(await own_store.retrieve(ANN)) == 1


@pytest.mark.asyncio
async def test_a_failed_save_is_visible_to_the_turn(own_engine: Engine, own_store: LeanTrackerStore) -> None:
    wrapped = FailSafeTrackerStore(own_store)
    before = FAILURES["save"]
    with turn_failures() as failures:
        tracker = await wrapped.get_or_create_tracker(ANN)
        tracker.update_with_events(turn(), DOMAIN)
        with broken(own_engine):
            await wrapped.save(tracker)

    assert failures == [
        Failure("save", {"sqlite": "OperationalError"}.get(own_engine.dialect.name, "ProgrammingError"))
    ]
    assert FAILURES["save"] == before + 1


@pytest.mark.asyncio
async def test_a_turn_sees_its_own_failures_only(own_engine: Engine, own_store: LeanTrackerStore) -> None:
    good, bad = store_of(own_engine), own_store
    bad._database = None  # type: ignore[assignment]  # any error will do

    async def one_turn(store: LeanTrackerStore) -> list[Failure]:
        with turn_failures() as failures:
            await asyncio.wait_for(FailSafeTrackerStore(store).retrieve(ANN), 10)  # a task of its own, as in the inbox
        return failures

    results = await asyncio.gather(one_turn(good), one_turn(bad), one_turn(good))
    assert [len(result) for result in results] == [0, 1, 0]


@pytest.mark.asyncio
async def test_nobody_has_to_watch(own_engine: Engine, own_store: LeanTrackerStore) -> None:
    with broken(own_engine), pytest.raises(TrackerStoreError):
        await contextvars.Context().run(asyncio.ensure_future, own_store.retrieve(ANN))


@pytest.mark.asyncio
async def test_the_log_of_a_failure_holds_no_text(
    own_engine: Engine, own_store: LeanTrackerStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrapped = FailSafeTrackerStore(own_store)
    tracker = await wrapped.get_or_create_tracker(ANN)
    tracker.update_with_events([UserUttered("rieng tu"), *turn()], DOMAIN)
    with broken(own_engine):
        await wrapped.save(tracker)
        with pytest.raises(TrackerStoreError) as raised:
            await own_store.save(tracker)

    assert "save of a conversation failed" in caplog.text
    for shown in (caplog.text, str(raised.value), str(raised.value.__cause__)):
        assert "rieng tu" not in shown
        assert "khai sinh" not in shown
        assert ANN not in shown


@pytest.mark.asyncio
async def test_an_event_that_cannot_be_read_costs_one_session_at_most(store: LeanTrackerStore, engine: Engine) -> None:
    await talk(store, ANN, [*session_start(), *turn(1)])
    with engine.begin() as connection:
        row = {"sender": ANN, "created_at": datetime.now(timezone.utc), "body": b'{"event":"from the future"}'}
        connection.execute(insert(event_table), [row])
    with turn_failures() as failures:
        await talk(FailSafeTrackerStore(store), ANN, [*session_start(), *turn(2)])

    assert [failure.operation for failure in failures] == ["read"]
    assert asked(await store.retrieve(ANN)) == 1


@pytest.mark.asyncio
async def test_a_slow_database_does_not_stop_the_others(engine: Engine, store: LeanTrackerStore) -> None:
    """While one save waits for a lock, the loop goes on."""
    tracker = await store.get_or_create_tracker(ANN)
    tracker.update_with_events(turn(), DOMAIN)
    with engine.begin() as connection:
        lock = "LOCK TABLE event IN EXCLUSIVE MODE" if engine.dialect.name == "postgresql" else "DELETE FROM event"
        connection.execute(text(lock))
        saving = asyncio.ensure_future(store.save(tracker))
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert not saving.done()  # a save on the loop would have ended, with an error, before the first of the twenty
    await saving

    assert asked(await store.retrieve(ANN)) == 1


# --- inside Rasa


class Heard(EventBroker):  # type: ignore[misc]  # Rasa ships no types
    """Keeps what is published."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, event: dict[str, Any]) -> None:
        """Keep one event (see parent class)."""
        self.published.append(event)


@pytest.mark.asyncio
async def test_a_broker_hears_each_stored_event_once(own_engine: Engine) -> None:
    broker = Heard()
    store = store_of(own_engine, messages=2, broker=broker)
    for number in range(3):
        await talk(store, ANN, turn(number))
    with broken(own_engine), pytest.raises(TrackerStoreError):
        await store.save(DialogueStateTracker.from_events(BINH, turn(), DOMAIN.slots))

    assert len(broker.published) == len(rows(own_engine))
    assert {event["sender_id"] for event in broker.published} == {ANN}


@pytest.fixture
def settings_of_sqlite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/troly.db")
    monkeypatch.setenv("TROLY_SESSION_MESSAGES", "7")


@pytest.mark.usefixtures("settings_of_sqlite")
def test_rasa_makes_the_store_from_its_type_alone() -> None:
    config = EndpointConfig.from_dict({"type": "bot.tracker_store.LeanTrackerStore"})
    first, second = TrackerStore.create(config, DOMAIN), TrackerStore.create(config, DOMAIN)

    assert type(first) is LeanTrackerStore
    assert check_if_tracker_store_async(first)
    assert first._session_messages == 7
    assert first._database is second._database  # a model swap makes a new store, and must leak no connections
    assert keeps_conversations(Agent(domain=DOMAIN, tracker_store=first))


@pytest.mark.usefixtures("settings_of_sqlite")
@pytest.mark.parametrize("key", ["url", "session_messages_", "db"])
def test_any_other_key_in_endpoints_is_refused(key: str) -> None:
    config = EndpointConfig.from_dict({"type": "bot.tracker_store.LeanTrackerStore", key: "x"})

    with pytest.raises(SettingsError, match=rf"remove '{key}'"):
        TrackerStore.create(config, DOMAIN)


def test_a_misspelt_type_is_found_at_start() -> None:
    with pytest.warns(UserWarning, match="not found"):
        store = TrackerStore.create(EndpointConfig.from_dict({"type": "bot.tracker_store.LeanTrackrStore"}), DOMAIN)

    assert not keeps_conversations(Agent(domain=DOMAIN, tracker_store=store))


def test_an_agent_without_endpoints_is_found_at_start() -> None:
    assert not keeps_conversations(Agent(domain=DOMAIN))


CONFIG = """
recipe: default.v1
assistant_id: try
language: vi
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
"""
DATA = """
version: "3.1"
nlu: [{intent: answer, examples: "- khai sinh\\n- chứng thực\\n"}]
rules: [{rule: answer, steps: [{intent: answer}, {action: utter_answer}]}]
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train the smallest bot that answers."""
    folder = tmp_path_factory.mktemp("bot")
    files = {"domain.yml": SESSION % "false", "config.yml": CONFIG, "data.yml": DATA}
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
    trained = train(str(folder / "domain.yml"), str(folder / "config.yml"), [str(folder / "data.yml")], str(folder))
    return Path(trained.model)


async def say(agent: Any, number: int) -> list[str]:
    channel = CollectingOutputChannel()
    await agent.handle_message(UserMessage(f"khai sinh {number}", channel, ANN))
    return [message["text"] for message in channel.messages if "text" in message]


@pytest.mark.asyncio
async def test_a_real_agent_begins_sessions_and_stores_every_turn(model: Path, engine: Engine) -> None:
    store = store_of(engine, messages=3)
    agent = Agent.load(str(model), tracker_store=store)
    with turn_failures() as failures:
        answers = [await say(agent, number) for number in range(8)]
    full = await store.retrieve_full_tracker(ANN)

    assert answers == [["Dạ, bác ra phường."]] * 8
    assert not failures
    assert asked(full) == 8
    assert sum(isinstance(event, SessionStarted) for event in full.events) == 3  # 3 messages, 3, 2
    assert asked(await store.retrieve(ANN)) == 2


@pytest.mark.asyncio
async def test_a_real_agent_answers_without_its_database_and_tells(model: Path, own_engine: Engine) -> None:
    store = store_of(own_engine)
    agent = Agent.load(str(model), tracker_store=store)
    await say(agent, 0)
    with broken(own_engine), turn_failures() as failures:
        answer = await say(agent, 1)
    await say(agent, 2)

    assert answer == ["Dạ, bác ra phường."]
    assert [failure.operation for failure in failures] == ["read", "save"]
    assert [event.text for event in (await store.retrieve(ANN)).events if isinstance(event, UserUttered)] == [
        "khai sinh 0",
        "khai sinh 2",
    ]


@pytest.mark.asyncio
async def test_the_state_is_that_of_an_unbroken_conversation(model: Path, engine: Engine) -> None:
    """The same talk in memory and through the table gives the same tracker."""
    found = []
    for store in (InMemoryTrackerStore(DOMAIN), store_of(engine)):
        agent = Agent.load(str(model), tracker_store=store)
        for number in range(4):
            await say(agent, number)
        state = (await store.retrieve(ANN)).current_state()
        found.append(
            {key: state[key] for key in ("slots", "latest_action_name", "paused", "active_loop", "followup_action")}
        )

    assert found[0] == found[1]


# --- cost


@pytest.mark.asyncio
async def test_cost_of_a_message(engine: Engine, tmp_path: Path) -> None:
    """Print what read and save cost, beside Rasa's own store; no limit, for machines differ."""
    stores: dict[str, Any] = {"ours": store_of(engine)}
    if engine.dialect.name == "sqlite":
        stores["Rasa's SQLTrackerStore"] = SQLTrackerStore(DOMAIN, db=str(tmp_path / "rasa.db"))
        stores["Rasa's InMemoryTrackerStore"] = InMemoryTrackerStore(DOMAIN)
    for name, store in stores.items():
        await talk(store, ANN, session_start())
        wall, cpu = [], []
        for number in range(49):
            begin = time.perf_counter(), time.process_time()
            await talk(store, ANN, turn(number))
            wall.append(time.perf_counter() - begin[0])
            cpu.append(time.process_time() - begin[1])
        show = [f"{sorted(part)[len(part) // 2] * 1000:.1f}" for part in (wall[:10], wall[20:30], wall[-10:], cpu)]
        print(f"\n{engine.dialect.name}, {name}: wall ms at message 1-10, 21-30, 40-49, cpu: {', '.join(show)}")


#: Digests of Rasa 3.6.21, and what to look at when one changes.
UPSTREAM = {
    "rasa.core.tracker_store:TrackerStore": ("c7a5f0982c90", "the contract: methods, and who calls retrieve and save"),
    "rasa.core.tracker_store:FailSafeTrackerStore": (
        "fdfe02faf73e",
        "keeps_conversations looks inside; it hides failures",
    ),
    "rasa.core.tracker_store:_load_from_module_name_in_endpoint_config": (
        "338175cb10d7",
        "arguments of LeanTrackerStore; what a misspelt type becomes",
    ),
    "rasa.core.agent:Agent._create_tracker_store": ("bd9415819db0", "keeps_conversations looks inside the wrapper"),
    "rasa.core.actions.action:ActionSessionStart": ("b97e7324cb74", "_next_session runs it without a channel"),
    "rasa.core.processor:MessageProcessor._update_tracker_session": (
        "a65990d17666",
        "it must not begin a second session after _next_session",
    ),
    "rasa.shared.core.events:Event.from_parameters": ("dcdb7255aafc", "bot.tracker_store.decode does the same, faster"),
    "rasa.shared.core.events:Event.resolve_by_type": ("827b7f980af2", "_event_types does the same, once"),
    "rasa.shared.core.trackers:DialogueStateTracker.from_events": ("85f0ed16c7d0", "_tracker marks what it built"),
    "rasa.shared.core.trackers:DialogueStateTracker.applied_events": (
        "a2c074b942f8",
        "nothing before SessionStarted counts",
    ),
}


@pytest.mark.parametrize("name", UPSTREAM)
def test_upstream_is_what_the_store_was_written_for(name: str, upstream_digest: Callable[[str], str]) -> None:
    recorded, what = UPSTREAM[name]

    assert upstream_digest(name) == recorded, (
        f"Rasa changed {name}. {what}: compare it with Rasa 3.6.21, mend bot/tracker_store.py, then record the new digest"
    )


def test_the_fast_way_to_an_event_is_rasas_way() -> None:
    for event in (*session_start(), *turn(), Restarted(), FollowupAction("action_listen")):
        (fast,), slow = ours.decode([ours.encode(event)]), Event.from_parameters(event.as_dict())

        assert (type(fast), fast.as_dict()) == (type(slow), slow.as_dict())
