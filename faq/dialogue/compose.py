"""From a decision to the words of the reply."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from faq.dialogue.model import Choice, Decision, Reply, State, Target
from faq.entries.model import ASPECT_LABELS, ASPECTS, Content, Item, Procedure, Text
from faq.matching.index import COMMAND

Phrases = Mapping[str, str]

_COMMAND_LABELS = {
    "handoff": "Gặp người hỗ trợ",
    "find_ward": "Tra phường, xã mới",
    "menu": "Xem các mục",
    "privacy": "Trợ lý giữ tin nhắn thế nào",
    "delete_data": "Xóa tin nhắn của tôi",
}
_NONE = Choice("Không phải các mục trên", {"none": True})
_PERSON = Choice(_COMMAND_LABELS["handoff"], {"command": "handoff"})
_MENU = Choice(_COMMAND_LABELS["menu"], {"command": "menu"})
#: The four topics of the mission, each with the entry that opens it.
_TOPICS = (
    ("Nộp hồ sơ trực tuyến", "ho-so-nop-truc-tuyen"),
    ("Đăng nhập VNeID", "vneid-la-gi"),
    ("Thanh toán phí, lệ phí", "tt-tra-tien-tren-cong"),
    ("Bản sao chứng thực điện tử", "ban-sao-la-gi"),
)
_MOST_RELATED = 2
#: How the name of a legal document begins; anything else is a page or a manual and is called a source.
_LAWS = ("luật", "nghị định", "nghị quyết", "thông tư", "quyết định", "chỉ thị", "hiến pháp", "bộ luật", "công văn")
#: Kinds that carry neither thumbs nor sources.
_PLAIN_KINDS = ("small_talk", "emergency")


class Composer:
    """Writes replies from the items of one snapshot.

    Args:
        content: The items.
        phrases: Fixed lines by response name (bot/domain/responses.yml), with ``{placeholders}``.
    """

    def __init__(self, content: Content, phrases: Phrases) -> None:
        self._content = content
        self._phrases = phrases

    def compose(self, decision: Decision, day: date) -> Reply:
        """Write the reply to one decision."""
        if decision.intent == "answer":
            return self._answers(decision, day)
        if decision.intent == "clarify":
            return self._clarify(decision)
        if decision.intent in ("next_step", "repeat_step"):
            return self._step(decision, day)
        return self._fixed(decision, day)

    def _answers(self, decision: Decision, day: date) -> Reply:
        if len(decision.targets) > 1:
            return self._several(decision, day)
        target = decision.targets[0]
        item = self._content.items[target.entry]
        aspect, text = chosen_text(item, target.aspect)
        procedure = item.id if isinstance(item, Procedure) else decision.state.procedure
        if text.validity(day) == "expired":
            return Reply(self._expired(item, text), (_PERSON,), state=State(procedure=procedure))
        buttons = self._buttons(item, aspect, text, day)
        state = State(item.id, aspect, -1, procedure, buttons)
        links = tuple((link.label, link.url) for link in text.links)
        return Reply(self._body(item, aspect, text, day), buttons, links, item.kind not in _PLAIN_KINDS, state)

    def _body(self, item: Item, aspect: str, text: Text, day: date) -> str:
        head = f"{item.title} – {ASPECT_LABELS[aspect].lower()}:\n" if aspect else ""
        if text.validity(day) == "future":  # an aspect of a procedure; entries are not offered before their day
            head += f"Áp dụng từ ngày {vietnamese_day(text.valid_from)}. "
        basis = "" if item.kind in _PLAIN_KINDS else basis_line(item, text)
        return head + text.answer + (f"\n\n{basis}" if basis else "")

    def _expired(self, item: Item, text: Text) -> str:
        return self._phrases["utter_expired"].format(title=item.title, day=vietnamese_day(text.valid_until))

    def _buttons(self, item: Item, aspect: str, text: Text, day: date) -> tuple[Choice, ...]:
        buttons = []
        if text.steps:
            buttons.append(Choice("Xem từng bước", {"entry": item.id, "aspect": aspect, "step": 0}))
        if isinstance(item, Procedure):
            buttons += [
                Choice(ASPECT_LABELS[other], {"entry": item.id, "aspect": other})
                for other in ASPECTS
                if other not in (aspect, "basis") and other in item.aspects
            ]
        elif item.kind not in _PLAIN_KINDS:
            related = [name for name in item.related if self._content.holding(name, day) == name]
            buttons += [Choice(self._content.items[name].label, {"entry": name}) for name in related[:_MOST_RELATED]]
        return tuple(buttons)

    def _several(self, decision: Decision, day: date) -> Reply:
        parts = []
        for number, target in enumerate(decision.targets, 1):
            item = self._content.items[target.entry]
            _, text = chosen_text(item, target.aspect)
            answer = self._expired(item, text) if text.validity(day) == "expired" else text.answer
            parts.append(f"{number}. {item.title}: {answer}")
        last = decision.targets[-1]
        buttons = tuple(self._choice(target) for target in decision.targets)
        state = State(last.entry, last.aspect, -1, self._procedure_of(decision), buttons)
        return Reply("\n\n".join(parts), buttons, (), True, state)

    def _procedure_of(self, decision: Decision) -> str:
        named = [t.entry for t in decision.targets if isinstance(self._content.items[t.entry], Procedure)]
        return named[-1] if named else decision.state.procedure

    def _choice(self, target: Target) -> Choice:
        if target.entry.startswith(COMMAND):
            command = target.entry.removeprefix(COMMAND)
            return Choice(_COMMAND_LABELS[command], {"command": command})
        item = self._content.items[target.entry]
        label = f"{item.label}: {ASPECT_LABELS[target.aspect].lower()}" if target.aspect else item.label
        return Choice(label, {"entry": target.entry, "aspect": target.aspect})

    def _clarify(self, decision: Decision) -> Reply:
        if decision.reason == "missing_procedure":
            state = State(aspect=decision.targets[0].aspect, awaiting="procedure")
            return Reply(self._phrases["utter_clarify_missing_procedure"], (_MENU,), state=state)
        if decision.reason == "no_such_choice":
            return Reply(self._phrases["utter_clarify_no_such_choice"], decision.state.choices, state=decision.state)
        offered = [Target(candidate.entry, candidate.aspect) for candidate in decision.candidates]
        buttons = (*(self._choice(target) for target in offered), _NONE)
        state = State(procedure=decision.state.procedure, choices=buttons)
        return Reply(self._phrases["utter_clarify"], buttons, state=state)

    def _step(self, decision: Decision, day: date) -> Reply:
        target = decision.targets[0]
        item = self._content.items[target.entry]
        aspect, text = chosen_text(item, target.aspect)
        if text.validity(day) == "expired":
            return self._answers(decision, day)
        procedure = item.id if isinstance(item, Procedure) else decision.state.procedure
        if decision.step >= len(text.steps):
            state = State(item.id, aspect, -1, procedure)
            return Reply(self._phrases["utter_steps_done"].format(title=item.title), (_MENU,), (), True, state)
        buttons = [Choice("Lặp lại", {"command": "repeat_step"}), Choice("Gặp khó ở bước này", {"command": "stuck"})]
        if decision.step + 1 < len(text.steps):
            buttons.insert(0, Choice("Tiếp", {"entry": item.id, "aspect": aspect, "step": decision.step + 1}))
        else:
            buttons.insert(0, Choice("Xong", {"entry": item.id, "aspect": aspect, "step": len(text.steps)}))
        line = self._phrases["utter_step"].format(
            number=decision.step + 1, count=len(text.steps), step=text.steps[decision.step]
        )
        return Reply(line, tuple(buttons), state=State(item.id, aspect, decision.step, procedure, tuple(buttons)))

    def _fixed(self, decision: Decision, day: date) -> Reply:
        name = f"utter_{decision.intent}"
        text = self._phrases.get(f"{name}_{decision.reason}") or self._phrases[name]
        before = decision.state
        kept = State(procedure=before.procedure)
        if decision.intent in ("greet", "menu"):
            buttons = self._topics(day)
        elif decision.intent == "delete_data":
            buttons = (Choice("Xóa", {"command": "confirm"}), Choice("Không xóa", {"command": "deny"}))
            kept = replace(kept, awaiting="delete")
        elif decision.intent == "feedback_bad":  # what is typed next is the reason, also when it is a number
            return Reply(text, (_PERSON,), state=before.without_offer("feedback"))
        else:
            buttons = _after(decision.intent)
            kept = before.without_offer() if decision.intent == "stuck" else kept  # "tiếp" goes on from this step
        return Reply(text, buttons, state=replace(kept, choices=buttons))

    def _topics(self, day: date) -> tuple[Choice, ...]:
        known = ((title, name) for title, name in _TOPICS if self._content.holding(name, day))
        return tuple(Choice(title, {"entry": name}) for title, name in known)


def _after(intent: str) -> tuple[Choice, ...]:
    if intent in ("none_of_these", "no_content", "out_of_scope", "stuck", "handoff"):
        return (_PERSON, _MENU) if intent != "handoff" else (_MENU,)
    return (_MENU,) if intent in ("unsupported", "feedback_good") else ()


def chosen_text(item: Item, aspect: str) -> tuple[str, Text]:
    """Give the text of an item for an aspect; a question about a procedure in general gets how it is done."""
    if isinstance(item, Procedure):
        wanted = aspect if aspect in item.aspects else "how"
        wanted = wanted if wanted in item.aspects else next(iter(item.aspects))
        return wanted, item.aspects[wanted]
    return "", item.text


def basis_line(item: Item, text: Text) -> str:
    """Say on what an answer rests and how fresh it is (``Căn cứ: …, Điều 5. Kiểm tra ngày 23/11/2026.``)."""
    if not text.sources:
        return ""
    source = next((source for source in text.sources if _is_law(source.document)), text.sources[0])
    named = ", ".join(part for part in (source.document, source.article) if part)
    kind = "Căn cứ" if _is_law(source.document) else "Nguồn"
    until = f" Áp dụng đến hết {vietnamese_day(text.valid_until)}." if text.valid_until else ""
    return f"{kind}: {named}.{until} Kiểm tra ngày {vietnamese_day(item.checked_on)}."


def _is_law(document: str) -> bool:
    return document.lower().startswith(_LAWS)


def vietnamese_day(day: date | None) -> str:
    """Write a date as people here do: 28/9/2026."""
    return f"{day.day}/{day.month}/{day.year}" if day else ""


def full_answer(item: Item, aspect: str) -> str:
    """Give the whole text of an answer with its steps, for look-ups and machine output."""
    _, text = chosen_text(item, aspect)
    steps: Sequence[str] = [f"{number}. {step}" for number, step in enumerate(text.steps, 1)]
    return "\n".join([text.answer, *steps])
