"""The steps of going live: what a member has to have done here before it relies on the registry."""

from enum import StrEnum


class GoLive(StrEnum):
    """One step, in the order in which a member takes them; each leaves its own trace in the registry."""

    SIGNED_IN = "signed_in"
    EVALUATED = "evaluated"
    CHECKED = "checked"
    REFUSED = "refused"
    FILED = "filed"
    SERVED = "served"
    QUERIED = "queried"
    PROVED = "proved"
    HEARD = "heard"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
