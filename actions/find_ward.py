"""Old ward -> present ward, and where its dossiers are taken in."""

from typing import Any

from rasa_sdk.interfaces import Action, Tracker

from faq.locality.replies import ward_reply


class ActionFindWard(Action):
    """Answers what became of a ward; asks for its name when the message holds none."""

    def name(self) -> str:
        """Name in domain and rules (see parent class)."""
        return "action_find_ward"

    async def run(self, dispatcher: Any, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        """Utter the present wards or the question (see parent class)."""
        state = (tracker.latest_message.get("faq") or {}).get("state") or {}
        reply = ward_reply(tracker.latest_message.get("text") or "", state.get("awaiting") == "ward")
        custom = {"outcome": reply.outcome, "reason": reply.reason}
        if reply.awaiting:
            custom["awaiting"] = reply.awaiting
        dispatcher.utter_message(text=reply.text, json_message=custom)
        return []
