"""What a member may do with an answer, at most; closing an account needs the gate of `closures.py` besides.

Reasons, an appeal and a human on request: SAMR/CAC Order 116; refusal of purely automated decisions: PIPL art. 24.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from registry.domain.ids import Action, Band, Protective

MOST_BY_BAND: Mapping[Band, tuple[Action, ...]] = MappingProxyType(
    {
        Band.NONE: (),
        Band.LOW: (Action.ASK_EVIDENCE,),
        Band.GUARDED: (Action.ASK_EVIDENCE, Action.RETURN_AND_INSPECT),
        Band.HIGH: (Action.ASK_EVIDENCE, Action.RETURN_AND_INSPECT, Action.HUMAN_REVIEW),
        Band.SEVERE: (
            Action.ASK_EVIDENCE,
            Action.RETURN_AND_INSPECT,
            Action.HUMAN_REVIEW,
            Action.SUSPEND_PRIVILEGES,
            Action.CLOSE_ACCOUNT,
        ),
    }
)
AFTER_FRESH_IDENTITY = frozenset({Action.SUSPEND_PRIVILEGES, Action.CLOSE_ACCOUNT})
ACTION_TEXT: Mapping[Action, str] = MappingProxyType(
    {
        Action.ASK_EVIDENCE: "Ask for more evidence: a live photo, a second angle, an unpacking video",
        Action.RETURN_AND_INSPECT: "Return and inspect instead of an instant refund",
        Action.HUMAN_REVIEW: "Human review of each claim",
        Action.SUSPEND_PRIVILEGES: "Suspend refund privileges for 30 to 180 days, reviewable",
        Action.CLOSE_ACCOUNT: "Close the account, through the closure gate only",
    }
)
PROTECTIVE_TEXT = "Verify the identity afresh before acting"


def permitted(band: Band, protective: Collection[Protective] = (), *, gate_open: bool = False) -> tuple[Action, ...]:
    """Return the most a member may do, mildest first.

    Args:
        band: of the answer.
        protective: the warnings that bind the member now (`protective.binding`); they forbid A4 and A5.
        gate_open: the closure gate has been passed; without it closing an account is never among the actions.
    """
    return tuple(
        action
        for action in MOST_BY_BAND[band]
        if (gate_open or action is not Action.CLOSE_ACCOUNT) and not (protective and action in AFTER_FRESH_IDENTITY)
    )
