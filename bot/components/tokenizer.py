"""Rasa tokenizer on underthesea's word segmentation."""

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from bot.components.options import refuse_unknown
from faq.text.segmentation import segment


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class UndertheseaTokenizer(Tokenizer):
    """Tokens are Vietnamese words ("hồ sơ"), offsets point into what the resident typed."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the defaults Rasa expects of a tokenizer (see parent class)."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "UndertheseaTokenizer":
        """Create the component (see parent class).

        Raises:
            InvalidConfigException: The configuration holds an option that does not exist.
        """
        refuse_unknown(cls, config)
        return cls(config)

    @staticmethod
    def required_packages() -> list[str]:
        """Name what must be installed (see parent class)."""
        return ["underthesea"]

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Cut one attribute of a message into tokens."""
        return [Token(word, start) for word, start in segment(message.get(attribute))]
