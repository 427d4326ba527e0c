"""The one decision of a turn: from a message and what is remembered to how it is answered.

Every door takes this path: the Rasa component, `troly ask`, the console's look-up.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

from faq.dialogue.commands import fitting_command, fixed_commands, fixed_key, is_number, typed_choice
from faq.dialogue.compose import chosen_text
from faq.dialogue.model import MOST_BUTTONS, Decision, Inbound, State, Target
from faq.dialogue.questions import LONGEST_NAME, MOST_QUESTIONS, corrected, is_bare, split_questions, what_about
from faq.entries.model import ASPECTS, Content, Procedure
from faq.matching.index import COMMAND, Snapshot
from faq.matching.ranker import Candidate, Ranker, Ranking
from faq.text.syllables import fold, words

#: Outcome of an answer by the kind of the item.
_OUTCOMES = {"small_talk": "small_talk", "safety": "safety", "emergency": "safety", "signpost": "out_of_scope"}
#: Outcome of a command that the resident worded freely.
_COMMANDS = {
    "handoff": ("handoff", ""),
    "find_ward": ("answered", "ward"),
    "delete_data": ("personal_data", "delete_asked"),
    "privacy": ("personal_data", "privacy"),
    "menu": ("small_talk", "menu"),
}
_FIXED_OUTCOMES = {
    "none_of_these": ("declined", "none_of_these"),
    "next_step": ("answered", "step"),
    "repeat_step": ("answered", "step"),
    "stuck": ("handoff", "stuck"),
    "confirm": ("personal_data", "deleted"),
    "deny": ("small_talk", "not_deleted"),
    "feedback_good": ("small_talk", "feedback_good"),
    "feedback_bad": ("feedback_bad", ""),
    "menu": ("small_talk", "menu"),
}
#: Below this share of familiar words a question is foreign to the service (fitted on the validation set).
_FAMILIAR = 0.6
#: A wrong friendly word costs little, a list of chit-chat titles helps nobody: small talk is never a button.
_SURE_SMALL_TALK = 0.25
#: A bare question that is as sure as this names something after all ("mất sổ đỏ" folds to "mat so do"): wordings of
#: entries that look bare reach 0.78 to 0.97, follow-ups of the validation set 0.01 to 0.76.
_STANDS_ALONE = 0.78
_STEPS = ("next_step", "repeat_step")
_PLACEHOLDER = re.compile(r"\[[^\]\n]{1,40}\]")
#: Words that only introduce personal data: "số căn cước của tôi là […]".
_INTRODUCING = frozenset(
    "so cccd cmnd can cuoc cong dan chung minh cua toi tui em con bac chau la day ne dt sdt dien thoai stk tai "
    "khoan ngan hang ma ho ten ngay sinh dia chi o nha email mail chieu bien xe the bhyt bhxh thue gui ban ad a "
    "da va voi kiem tra giup gium nhe duoc khong otp mat khau passcode bao hiem nay do ".split()
)

Find = Callable[[str], bool]


class Decider:
    """Decides turns on one snapshot.

    Args:
        ranker: Ranker of the snapshot.
        is_ward_question: Tells whether a text asks only where an old ward is now.
    """

    def __init__(self, ranker: Ranker, is_ward_question: Find) -> None:
        self.ranker = ranker
        self.snapshot: Snapshot = ranker.snapshot
        self._is_ward_question = is_ward_question

    @property
    def content(self) -> Content:
        """Items that can be answered."""
        return self.snapshot.content

    @cached_property
    def _fixed(self) -> Mapping[str, frozenset[str]]:
        return fixed_commands(self.snapshot.wordings)

    def decide(self, inbound: Inbound, state: State, day: date) -> Decision:
        """Decide one turn.

        Args:
            inbound: The message.
            state: What the last reply left.
            day: Today in Asia/Ho_Chi_Minh.
        """
        state = self._still_known(state)
        decision = (
            self._by_kind(inbound)
            or self._by_payload(inbound.payload, state, day)
            or self._by_short_command(inbound.text, state, day)
            or self._by_what_was_asked(inbound.text, state, day)
            or self._by_question(inbound.text, state, day)
        )
        return replace(self._dated(decision, day), state=state)

    def _still_known(self, state: State) -> State:
        """Forget items that were withdrawn since they were spoken of."""
        if state.entry not in self.content.items:
            state = replace(state, entry="", aspect="" if state.entry else state.aspect, step=-1)
        return state if state.procedure in self.content.items else replace(state, procedure="")

    def _dated(self, decision: Decision, day: date) -> Decision:
        """Count an answer whose text has expired as not written, so that the desk sees it."""
        if decision.intent not in ("answer", *_STEPS):
            return decision
        texts = (chosen_text(self.content.items[target.entry], target.aspect)[1] for target in decision.targets)
        if all(text.validity(day) != "expired" for text in texts):
            return decision
        return replace(decision, outcome="no_content", reason="expired")

    def _by_kind(self, inbound: Inbound) -> Decision | None:
        if inbound.kind != "text":
            return Decision("unsupported", "unsupported", inbound.kind)
        if inbound.payload is None and not inbound.text.strip():
            return Decision("unsupported", "unsupported", "empty")
        return None

    def _by_payload(self, payload: Mapping[str, Any] | None, state: State, day: date) -> Decision | None:
        """Follow a tapped button; anything not on the list of known payloads is an old or forged one."""
        if payload is None:
            return None
        if payload.get("start"):
            return Decision("greet", "small_talk", "greet")
        if payload.get("none"):
            return self._fixed_command("none_of_these", state)
        entry, aspect = self.content.holding(str(payload.get("entry", "")), day), str(payload.get("aspect", ""))
        if entry and aspect in ("", *ASPECTS):
            return self._by_item_button(Target(entry, aspect), payload, state)
        command = str(payload.get("command", ""))
        if command in _COMMANDS:
            return _command_decision(command)
        if command in _FIXED_OUTCOMES and fitting_command(frozenset({command}), state, self._has_steps(state)):
            return self._fixed_command(command, state)
        if payload.get("feedback") in ("good", "bad"):
            return self._fixed_command(f"feedback_{payload['feedback']}", state)
        return Decision("unsupported", "unsupported", "old_button")

    def _by_item_button(self, target: Target, payload: Mapping[str, Any], state: State) -> Decision:
        steps = self._steps(target.entry, target.aspect)
        if "step" in payload and steps:
            step = payload["step"]  # the one behind the last says that all are done
            number = step if isinstance(step, int) and 0 <= step <= len(steps) else 0
            return Decision("next_step", "answered", "step", (target,), step=number)
        outcome = "chosen" if any(choice.payload.get("none") for choice in state.choices) else "answered"
        return Decision("answer", outcome, "button", (target,))

    def _steps(self, entry: str, aspect: str) -> tuple[str, ...]:
        item = self.content.items.get(entry)
        return chosen_text(item, aspect)[1].steps if item else ()

    def _has_steps(self, state: State) -> bool:
        return bool(self._steps(state.entry, state.aspect))

    def _by_short_command(self, text: str, state: State, day: date) -> Decision | None:
        place = typed_choice(text, len(state.choices))
        if place is not None:
            return self._by_payload(state.choices[place].payload, state, day)
        if state.choices and is_number(text):
            return Decision("clarify", "clarified", "no_such_choice")
        intents = self._fixed.get(fixed_key(text), frozenset())
        command = fitting_command(intents, state, self._has_steps(state))
        return self._fixed_command(command, state) if command else None

    def _fixed_command(self, command: str, state: State) -> Decision:
        outcome, reason = _FIXED_OUTCOMES[command]
        target = (Target(state.entry, state.aspect),) if command in (*_STEPS, "stuck") else ()
        step = state.step + 1 if command == "next_step" else state.step
        return Decision(command, outcome, reason, target, step=step)

    def _by_what_was_asked(self, text: str, state: State, day: date) -> Decision | None:
        """Take the message as the answer to what the last reply asked for, unless it is a clear question."""
        if state.awaiting not in ("feedback", "ward"):
            return None
        if self._is_ward_question(text):
            return _command_decision("find_ward")
        if self._rank(text, day).candidates[0].probability >= self.snapshot.index.thresholds.answer:
            return None
        if state.awaiting == "feedback":
            return Decision("feedback_reason", "feedback_bad", "told")
        return _command_decision("find_ward")

    def _by_question(self, text: str, state: State, day: date) -> Decision:
        if not words(text) or is_number(text):
            return Decision("unsupported", "unsupported", "no_words")
        if hides_personal_data(text) and not _asks_something(text):
            return Decision("personal_data", "personal_data", "only_personal_data")
        if self._is_ward_question(text):
            return _command_decision("find_ward")
        return self._several(text, day) or self._follow_up(text, state, day) or self._single(text, day)

    def _rank(self, text: str, day: date) -> Ranking:
        return self.ranker.rank(text, day)

    def _several(self, text: str, day: date) -> Decision | None:
        """Answer up to three questions of one message when at least two of them are clear."""
        pieces = split_questions(text)
        if len(pieces) < 2:
            return None
        tops = [self._rank(piece, day).candidates[0] for piece in pieces[: MOST_QUESTIONS + 1]]
        sure = [top for top in tops if top.probability >= self.snapshot.index.thresholds.answer and self._answers(top)]
        unique = {(top.entry, top.aspect): top for top in sure}
        if len({entry for entry, _ in unique}) < 2:
            return None
        chosen = tuple(unique.values())[:MOST_QUESTIONS]
        targets = tuple(Target(top.entry, top.aspect) for top in chosen)
        return Decision("answer", "answered", "several", targets, chosen)

    def _answers(self, candidate: Candidate) -> bool:
        item = self.content.items.get(candidate.entry)
        return item is not None and item.kind not in ("small_talk", "signpost")

    def _follow_up(self, text: str, state: State, day: date) -> Decision | None:
        """Use the remembered procedure or aspect for a message that leaves one of the two out."""
        meant = corrected(text) or what_about(text) or (text if state.awaiting == "procedure" else None)
        if meant and state.aspect:
            named, thresholds = self._rank(meant, day).candidates[0], self.snapshot.index.thresholds
            is_name = state.awaiting == "procedure" and len(words(meant)) <= LONGEST_NAME
            needed = thresholds.clarify if is_name else thresholds.answer
            if self._is_procedure(named.entry) and named.probability >= needed:
                aspect = named.aspect or state.aspect
                return self._answer(replace(named, aspect=aspect), (named,), "follow_up")
        tokens = self.ranker.normalise(text)
        if not is_bare(tokens.folded) or self._rank(text, day).candidates[0].probability >= _STANDS_ALONE:
            return None
        aspect = self.ranker.aspect(tokens)
        if state.procedure:
            candidate = Candidate(state.procedure, 1.0, aspect)
            return self._answer(candidate, (candidate,), "follow_up")
        return Decision("clarify", "clarified", "missing_procedure", (Target("", aspect),)) if aspect else None

    def _is_procedure(self, entry: str) -> bool:
        return isinstance(self.content.items.get(entry), Procedure)

    def _single(self, text: str, day: date) -> Decision:
        ranking = self._rank(corrected(text) or text, day)
        best, thresholds = ranking.candidates[0], self.snapshot.index.thresholds
        shown = ranking.candidates[:MOST_BUTTONS]
        if best.probability >= thresholds.answer:
            if best.entry.startswith(COMMAND):
                return replace(_command_decision(best.entry.removeprefix(COMMAND)), candidates=shown)
            return self._answer(best, shown, "")
        if self._is_small_talk(best):
            likely = best.probability >= _SURE_SMALL_TALK
            return self._answer(best, shown, "") if likely else _turned_away(ranking, shown)
        if best.probability >= thresholds.clarify:
            offered = tuple(candidate for candidate in ranking.candidates if not self._is_small_talk(candidate))
            return Decision("clarify", "clarified", "unsure", candidates=offered[:MOST_BUTTONS])
        return _turned_away(ranking, shown)

    def _is_small_talk(self, candidate: Candidate) -> bool:
        item = self.content.items.get(candidate.entry)
        return item is not None and item.kind == "small_talk"

    def _answer(self, best: Candidate, shown: tuple[Candidate, ...], reason: str) -> Decision:
        kind = self.content.items[best.entry].kind
        if kind == "signpost":
            reason = "signpost"
        return Decision("answer", _OUTCOMES.get(kind, "answered"), reason, (Target(best.entry, best.aspect),), shown)


def _turned_away(ranking: Ranking, shown: tuple[Candidate, ...]) -> Decision:
    """Tell what is foreign to the service from what is only not written yet."""
    if ranking.negative >= ranking.nearest:
        return Decision("out_of_scope", "out_of_scope", "like_negative", candidates=shown)
    if ranking.known_share < _FAMILIAR:
        return Decision("out_of_scope", "out_of_scope", "unknown_words", candidates=shown)
    return Decision("no_content", "no_content", "low_probability", candidates=shown)


def _command_decision(command: str) -> Decision:
    outcome, reason = _COMMANDS[command]
    return Decision(command, outcome, reason)


def hides_personal_data(text: str) -> bool:
    """Tell whether masking left a placeholder like ``[số điện thoại]`` in a message."""
    return bool(_PLACEHOLDER.search(text))


def _asks_something(text: str) -> bool:
    """Whether more stands beside the placeholders than the words that introduce a number."""
    return any(fold(word) not in _INTRODUCING for word in words(_PLACEHOLDER.sub(" ", text)))
