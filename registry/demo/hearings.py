"""The third part of the story: buyers object, people hear them, and everybody finds their work in the pages."""

from typing import Any
from uuid import UUID

from registry.demo import house, person
from registry.demo.by_hand import ByHand
from registry.demo.cast import CHEN, HARBOUR, JADE, LIN, LOTUS, OUTLET, ZHAO, Buyer
from registry.demo.house import Colleague
from registry.demo.person import Person
from registry.demo.scenes import Play
from registry.services.appeals.answering import STATEMENT
from registry_client import Band

_WHY = {"purpose": "Q5", "reason": "The yearly round."}
_SAID = "花瓶送到时就已经碎了。照片是当场拍的。"
_ANSWERED = "The photo carries the label of an image model; the carrier's scan shows an intact box."
_REASONS = "The label was written by the phone's own camera app, which marks every photo it brightens."
Record = tuple[Buyer, str, str]
_CONTESTED: tuple[Record, ...] = (
    (CHEN, JADE, "FR-10"),
    (LIN, OUTLET, "FR-06"),
    (CHEN, JADE, "FR-04"),
    (ZHAO, LOTUS, "FR-01"),
)


def furnish(play: Play) -> None:
    """One account for each role."""
    play.show.scene(
        "The house",
        "The operator invites the supervisor and the auditor, the supervisor those who hear appeals, Jade Market's",
        "administrator her own people. Nobody could invite them all. Each chooses a password and shows a code.",
    )
    play.house = house.furnish(play.stage)
    held = {one.role for one in play.house.values()}
    play.show.prove(len(held) == len(play.house), f"{len(held)} roles, each held by somebody else.")


def object_(play: Play) -> None:
    """Three buyers show at the relay that a phone and an address are theirs, and contest four records."""
    play.show.scene(
        "Appeals", "Four records are contested. A contested record weighs nothing, from the moment it is contested."
    )
    people = {buyer.phone: person.enter(play.stage, buyer) for buyer in (CHEN, LIN, ZHAO)}
    unanswered, unclaimed, drafted, decided = [_lodge(play, people[record[0].phone], record) for record in _CONTESTED]
    people[CHEN.phone].put("statement", {"text": _SAID})
    for platform, appeal in ((OUTLET, unclaimed), (JADE, drafted), (LOTUS, decided)):
        _answer(play, platform, appeal)
    play.show.table(
        ("contested by", "against", "stands"),
        [
            (CHEN.name, f"{JADE}, FR-10 {unanswered[:13]}…", "Jade Market has ten days to answer"),
            (LIN.name, f"{OUTLET}, FR-06 {unclaimed[:13]}…", "answered; an officer may claim it"),
            (CHEN.name, f"{JADE}, FR-04 {drafted[:13]}…", "drafted by the officer; the reviewer may approve"),
            (ZHAO.name, f"{LOTUS}, FR-01 {decided[:13]}…", "overturned by two people"),
        ],
    )
    officer, reviewer = play.house[house.OFFICER], play.house[house.REVIEWER]
    before = play.ask(ZHAO, "claim-contested")
    _draft(officer, drafted, result="upheld", reasons=_ANSWERED)
    _draft(officer, decided, result="overturned", reasons=_REASONS, findings=["MI-01"])
    read = reviewer.get(f"/v1/officers/appeals/{decided}")["draft"]
    done = reviewer.post(f"/v1/officers/appeals/{decided}:approve", {"draft_digest": read["digest"]})
    play.show.prove(
        (before.band, before.under_dispute, done["record_state"]) == (Band.NONE, True, "overturned"),
        "A record is overturned by one who drafts and another who approves; both have read the same evidence.",
    )
    told = [one for one in play.clients[HARBOUR].recalls().recalls if one.reason == "overturned"]
    play.show.prove(told, "Harbour Home, which had seen it, is told to forget it, and has yet to say that it did.")


def look_back(play: Play) -> None:
    """An auditor draws a sample and judges one entry of it."""
    auditor = play.house[house.AUDITOR]
    sample = auditor.post("/v1/audit/samples", {**_WHY, "size": 5})
    finding = {"position": 0, "finding": "in_order", "note": "The question was about an open claim."}
    auditor.post(f"/v1/audit/samples/{sample['sample_id']}:judge", {"findings": [finding]})
    play.show.prove(sample["seed"], "The auditor draws five entries at random; whoever has the seed draws the same.")


def _lodge(play: Play, who: Person, record: Record) -> str:
    """Contest a record; return the appeal's id."""
    body = {"report_id": str(_report(play, *record)), "grounds": ["G05"], "text": _SAID}
    return str(who.post("appeals", body)["appeal_id"])


def _report(play: Play, buyer: Buyer, platform: str, category: str) -> UUID:
    return next(
        one for case, one in play.filed if (case.buyer, case.platform, case.category) == (buyer, platform, category)
    )


def _answer(play: Play, platform: str, appeal: str) -> None:
    member = ByHand(play.stage, platform)
    statement = member.sign({"appeal_id": appeal, "answer": "accurate", "text": _ANSWERED}, typ=STATEMENT)
    member.post(f"/v1/appeals/{appeal}:answer", {"statement": statement})


def _draft(officer: Colleague, appeal: str, **draft: Any) -> None:  # noqa: ANN401 - JSON
    officer.post(f"/v1/officers/appeals/{appeal}:claim")
    seen = officer.get(f"/v1/officers/appeals/{appeal}")["evidence_digest"]
    officer.post(f"/v1/officers/appeals/{appeal}:draft", draft | {"evidence_digest": seen})
