"""Presidio wired for Vietnamese messages. Importing this module costs over a second; masking.py does it late.

Presidio gives the frame: recognisers, scores, context, threshold, and a place for recognisers of others. The
Vietnamese part is ours: rules, labels, names and addresses.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, cast

from presidio_analyzer import (
    AnalyzerEngine,
    ContextAwareEnhancer,
    EntityRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.tokens import Doc
from spacy.vocab import Vocab

from faq.privacy import addresses, names, phrases
from faq.privacy import recognisers as rules
from faq.privacy.labels import DIRECT, NO_LABEL, Labels
from faq.privacy.recognisers import Rule
from faq.privacy.shadow import shadow

LANGUAGE = "vi"
_GROUP = "label_group"
Finder = Callable[[str, str], Iterator[tuple[int, int]]]
_FINDERS: tuple[tuple[str, Finder, float], ...] = (
    ("secret", phrases.find_secrets, 0.97),
    ("birth_date", phrases.find_birth_dates, 0.98),
    ("name", names.find_names, 0.9),
    ("address", addresses.find_addresses, 0.92),
)


@dataclass(frozen=True)
class Hit:
    """A scored candidate of the analysis; overlaps are not yet resolved."""

    kind: str
    start: int
    end: int
    score: float


class Artifacts(NlpArtifacts):
    """What recognisers read of a message: its shadow and its labels. No tokens, no model."""

    _EMPTY = Doc(Vocab())

    def __init__(self, text: str, engine: NlpEngine) -> None:
        super().__init__([], self._EMPTY, [], [], engine, LANGUAGE)
        self.shadow = shadow(text)
        self.labels = Labels(self.shadow)


class FoldingEngine(NlpEngine):
    """The NLP engine that Presidio asks for; it folds the text and finds its labels."""

    def load(self) -> None:
        """Load nothing: there is no model."""

    def is_loaded(self) -> bool:
        """Say that nothing has to be loaded."""
        return True

    def process_text(self, text: str, language: str) -> Artifacts:
        """Prepare one message for all recognisers."""
        return Artifacts(text, self)

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Prepare messages one by one."""
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        """Know no stop words; labels decide (see parent class)."""
        return False

    def is_punct(self, word: str, language: str) -> bool:
        """Know no tokens (see parent class)."""
        return False

    def get_supported_entities(self) -> list[str]:
        """Name no entity: recognisers find them all."""
        return []

    def get_supported_languages(self) -> list[str]:
        """Name the one language."""
        return [LANGUAGE]


class RulesRecognizer(EntityRecognizer):
    """All rules of one kind, as one Presidio recogniser that reads the shadow.

    Presidio's own PatternRecognizer would need one instance a rule and cost 10 microseconds for each (ADR 0004).
    """

    def __init__(self, kind: str, kind_rules: Iterable[Rule]) -> None:
        name = f"{kind}-rules"
        super().__init__([kind], name=name, supported_language=LANGUAGE)
        self._rules = [(rule, re.compile(rule.pattern), _metadata(name, self.id, rule.group)) for rule in kind_rules]

    def load(self) -> None:
        """Load nothing."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        """Match every rule; drop what its checksum or structure refuses."""
        return [
            RecognizerResult(rule.kind, match.start(), match.end(), rule.score, recognition_metadata=metadata)
            for rule, pattern, metadata in self._rules
            for match in pattern.finditer(_of(nlp_artifacts).shadow)
            if rule.check is None or rule.check(match.group())
        ]


class FinderRecognizer(EntityRecognizer):
    """A function that reads message and shadow, as a Presidio recogniser."""

    def __init__(self, kind: str, finder: Finder, score: float) -> None:
        name = f"{kind}-finder"
        super().__init__([kind], name=name, supported_language=LANGUAGE)
        self._kind, self._finder, self._score = kind, finder, score
        self._metadata = _metadata(name, self.id, "")

    def load(self) -> None:
        """Load nothing."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        """Give every span that the function yields."""
        return [
            RecognizerResult(self._kind, start, end, self._score, recognition_metadata=self._metadata)
            for start, end in self._finder(text, _of(nlp_artifacts).shadow)
        ]


def _metadata(name: str, identifier: str, group: str) -> dict[str, str]:
    return {
        RecognizerResult.RECOGNIZER_NAME_KEY: name,
        RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: identifier,
        _GROUP: group,
    }


def _of(artifacts: NlpArtifacts) -> Artifacts:
    """Narrow to what `FoldingEngine` made; no other engine is wired."""
    return cast(Artifacts, artifacts)


class LabelContext(ContextAwareEnhancer):
    """Raises the score of a number whose nearest label names its kind."""

    def __init__(self) -> None:
        super().__init__(rules.NEAR_BONUS, rules.THRESHOLD, 0, 0)

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """Add the bonus in place; each result belongs to one analysis only."""
        for result in raw_results:
            owner, distance = _of(nlp_artifacts).labels.owner(result.start)
            if owner != NO_LABEL and owner == result.recognition_metadata[_GROUP]:
                bonus = rules.DIRECT_BONUS if distance <= DIRECT else rules.NEAR_BONUS
                result.score = min(rules.CERTAIN, result.score + bonus)
        return raw_results


@lru_cache(maxsize=1)
def _engine() -> AnalyzerEngine:
    by_kind = groupby(sorted(rules.RULES, key=lambda rule: rule.kind), key=lambda rule: rule.kind)
    recognizers: list[EntityRecognizer] = [RulesRecognizer(kind, kind_rules) for kind, kind_rules in by_kind]
    recognizers += [FinderRecognizer(*finder) for finder in _FINDERS]
    return AnalyzerEngine(
        registry=RecognizerRegistry(recognizers, supported_languages=[LANGUAGE]),
        nlp_engine=FoldingEngine(),
        supported_languages=[LANGUAGE],
        default_score_threshold=rules.THRESHOLD,
        context_aware_enhancer=LabelContext(),
    )


def analyse(text: str) -> list[Hit]:
    """Find every candidate in a message, personal or to be kept, above the threshold.

    Args:
        text: Canonical text; what an earlier masking put in place is never found again.
    """
    results = _engine().analyze(text, LANGUAGE)
    return [Hit(result.entity_type, result.start, result.end, round(result.score, 3)) for result in results]
