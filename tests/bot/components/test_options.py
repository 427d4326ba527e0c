"""Options in config.yml: ours are accepted as Rasa hands them over, misspelt ones are not."""

from typing import Any

import pytest
import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.data import TrainingType
from rasa.shared.exceptions import InvalidConfigException

from bot.components.faq_selector import FaqSelector
from bot.components.options import refuse_unknown
from bot.components.tokenizer import UndertheseaTokenizer
from faq.settings import ROOT

OURS = (UndertheseaTokenizer, FaqSelector)


def nodes() -> list[tuple[Any, dict[str, Any]]]:
    """Give (component, config) of every node that Rasa makes of config.yml, for training and for serving."""
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    graph = DefaultV1Recipe().graph_config_for_recipe(config, {}, TrainingType.BOTH)
    schemas = (graph.train_schema, graph.predict_schema)
    return [(node.uses, node.config) for schema in schemas for node in schema.nodes.values()]


def test_config_yml_uses_our_components_in_training_and_serving() -> None:
    used = [component for component, _ in nodes() if component in OURS]

    assert used.count(FaqSelector) >= 2
    assert used.count(UndertheseaTokenizer) >= 2


def test_what_rasa_hands_over_is_accepted() -> None:
    for component, config in nodes():
        if component in OURS:
            refuse_unknown(component, config)


@pytest.mark.parametrize("component", OURS, ids=lambda component: component.__name__)
def test_the_first_unknown_option_is_named(component: Any) -> None:
    with pytest.raises(InvalidConfigException, match=f"{component.__name__} has no option 'a'"):
        refuse_unknown(component, {**component.get_default_config(), "name": "x", "b": 1, "a": 2})
