"""Rasa component of the FAQ selector: hands text and what is remembered to faq.dialogue, sets what it decided."""

import shutil
from collections.abc import Iterable
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.brain import brain_of
from bot.components.options import refuse_unknown
from bot.live import shared_live
from faq.clock import today
from faq.dialogue.model import Inbound, State
from faq.matching.live import LiveSnapshot, current_path, store_snapshot
from faq.matching.snapshot import read_snapshot
from faq.settings import load_settings

#: Message property with the decision; part of the parse result and of the user event.
FAQ = "faq"
_SNAPSHOT_FILE = "baseline.snapshot"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FaqSelector(GraphComponent, IntentClassifier):
    """Sets the intent, and the whole decision under :data:`FAQ`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the defaults: there is nothing to set here, thresholds are fitted and live in the snapshot."""
        return {}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make Rasa train this component again when the snapshot of a full training is another one."""
        return current_path(load_settings().snapshots).stem

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "FaqSelector":
        """Create the component for training (see parent class)."""
        return cls(config, model_storage, resource, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "FaqSelector":
        """Load for serving: the newest snapshot of this machine, or the one inside the model on a new machine."""
        folder = load_settings().snapshots
        if not (folder / "CURRENT").exists():
            with model_storage.read_from(resource) as stored:
                store_snapshot(read_snapshot(stored / _SNAPSHOT_FILE), folder)
        return cls(config, model_storage, resource, shared_live())

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, live: LiveSnapshot | None
    ) -> None:
        refuse_unknown(type(self), config)
        self._model_storage, self._resource, self._live = model_storage, resource, live

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the snapshot that `troly train` built, so that the model is complete in itself."""
        with self._model_storage.write_to(self._resource) as stored:
            shutil.copyfile(current_path(load_settings().snapshots), stored / _SNAPSHOT_FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as they are (see parent class)."""
        return training_data

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Decide each message with what the conversation remembers."""
        state = remembered(tracker.events) if tracker else State()
        for message in messages:
            self._decide(message, state)
        return messages

    def _decide(self, message: Message, state: State) -> None:
        if self._live is None:  # the end of a training run: nothing is served yet
            return
        ranker = self._live.ranker
        metadata = message.get("metadata") or {}
        inbound = Inbound(message.get(TEXT) or "", metadata.get("payload"), metadata.get("kind", "text"))
        decision = brain_of(ranker).decider.decide(inbound, state, today())
        confidence = decision.candidates[0].probability if decision.candidates else 1.0
        message.set(
            INTENT, {INTENT_NAME_KEY: decision.intent, PREDICTED_CONFIDENCE_KEY: confidence}, add_to_output=True
        )
        found = decision.to_json() | {"revision": ranker.snapshot.revision, "model": ranker.snapshot.model}
        message.set(FAQ, found, add_to_output=True)


def remembered(events: Iterable[Any]) -> State:
    """Read what the last reply left behind.

    The reply of an action carries no state: what was spoken of before it still holds, what was offered does not.
    """
    replies = [event.data.get("custom") or {} for event in events if isinstance(event, BotUttered)]
    place = next((place for place, reply in enumerate(reversed(replies)) if "state" in reply), None)
    state = State.from_json(replies[-1 - place]["state"]) if place is not None else State()
    return state if place == 0 or not replies else state.without_offer(str(replies[-1].get("awaiting", "")))
