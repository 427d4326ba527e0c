"""Options of components in config.yml."""

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import GraphComponent
from rasa.shared.constants import DOCS_URL_COMPONENTS
from rasa.shared.exceptions import InvalidConfigException

#: Rasa itself adds these.
_OF_RASA = {"name", "model_confidence", "finetuning_epoch_fraction"}


def refuse_unknown(component: type[GraphComponent], config: Mapping[str, Any]) -> None:
    """Refuse a misspelt option; Rasa would ignore it.

    Raises:
        InvalidConfigException: The text names the component and the option.
    """
    unknown = sorted(config.keys() - component.get_default_config().keys() - _OF_RASA)
    if unknown:
        raise InvalidConfigException(f"{component.__name__} has no option {unknown[0]!r}. {DOCS_URL_COMPONENTS}")
