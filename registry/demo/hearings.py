"""The third part of the story: buyers object, people hear them, and everybody finds their work in the pages."""

from typing import Any
from uuid import UUID

from registry.demo import house, person, photo
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
_WEIGHED = "The scale at hand-over is calibrated; the parcel weighed what its box weighs alone."
_REASONS = "The label was written by the phone's own camera app, which marks every photo it brightens."
Record = tuple[Buyer, str, str]
_CONTESTED: tuple[Record, ...] = (
    (CHEN, JADE, "FR-10"),
    (LIN, OUTLET, "FR-06"),
    (CHEN, JADE, "FR-04"),
    (CHEN, OUTLET, "FR-07"),
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


def connect(play: Play) -> None:
    """A platform's own systems hear of what concerns it."""
    play.show.scene(
        "Webhooks", "Jade Market names an address of its own. Messages to it are signed, and say no more than ids."
    )
    jade = ByHand(play.stage, JADE)
    endpoint = jade.post("/v1/webhooks", {"url": play.receiver.url, "events": []})["endpoint_id"]
    play.receiver.secret = jade.get(f"/v1/webhooks/{endpoint}/secret")["secret"]
    jade.post(f"/v1/webhooks/{endpoint}:test", {})
    play.show.prove(play.receiver.hears("webhook.test"), "A message arrives; its signature is good.")


def object_(play: Play) -> None:
    """Three buyers show at the relay that a phone and an address are theirs, and contest five records."""
    play.show.scene(
        "Appeals", "Five records are contested. A contested record weighs nothing, from the moment it is contested."
    )
    play.ask(ZHAO, "claim-of-jade", JADE)
    people = {buyer.phone: person.enter(play.stage, buyer) for buyer in (CHEN, LIN, ZHAO)}
    lodged = [_lodge(play, people[record[0].phone], record) for record in _CONTESTED]
    people[CHEN.phone].put("statement", {"text": _SAID})
    unclaimed = lodged[1]
    people[LIN.phone].send_photo(unclaimed, photo.vase(cracked=True))
    for (_, platform, _), appeal in list(zip(_CONTESTED, lodged, strict=True))[1:]:
        picture = photo.vase(cracked=False) if appeal == unclaimed else None
        _answer(play, platform, appeal, picture)
    play.show.prove(play.receiver.hears("appeal.opened"), "Jade Market's own systems hear of each appeal against it.")
    _decide(play, people[CHEN.phone], *lodged[2:])
    stands = (
        "Jade Market has ten days to answer",
        "answered, with a photo from either side; an officer may claim it",
        "drafted by the officer; the reviewer may approve",
        "upheld; the buyer asks for a panel, of which one seat is taken",
        "overturned by two people",
    )
    rows = [
        (buyer.name, f"{platform}, {category} {appeal[:13]}…", how)
        for (buyer, platform, category), appeal, how in zip(_CONTESTED, lodged, stands, strict=True)
    ]
    play.show.table(("contested by", "against", "stands"), rows)


def _decide(play: Play, loser: Person, drafted: str, upheld: str, overturned: str) -> None:
    officer, supervisor = play.house[house.OFFICER], play.house[house.SUPERVISOR]
    before = play.ask(ZHAO, "claim-contested")
    _draft(officer, drafted, result="upheld", reasons=_ANSWERED)
    _draft(officer, upheld, result="upheld", reasons=_WEIGHED)
    _draft(officer, overturned, result="overturned", reasons=_REASONS, findings=["MI-01"])
    _approve(play, upheld)
    done = _approve(play, overturned)
    play.show.prove(
        (before.band, before.under_dispute, done["record_state"]) == (Band.NONE, True, "overturned"),
        "A record is overturned by one who drafts and another who approves; both have read the same evidence.",
    )
    told = [
        one for name in (JADE, HARBOUR) for one in play.clients[name].recalls().recalls if one.reason == "overturned"
    ]
    play.show.prove(
        len(told) == 2,  # noqa: PLR2004 - one for each
        "Jade Market and Harbour Home, which had seen it, are told to forget it, and have yet to say that they did.",
    )
    loser.post(f"appeals/{upheld}:ask-second-instance", {})
    seat = {"seat": "consumer", "staff_id": play.house[house.PANEL].staff_id(), "ties": []}
    supervisor.post(f"/v1/officers/appeals/{upheld}:seat", seat)


def look_back(play: Play) -> None:
    """An auditor draws a sample and judges one entry of it."""
    auditor = play.house[house.AUDITOR]
    sample = auditor.post("/v1/audit/samples", {**_WHY, "size": 5})
    finding = {"position": 0, "finding": "in_order", "note": "The question was about an open claim."}
    auditor.post(f"/v1/audit/samples/{sample['sample_id']}:judge", {"findings": [finding]})
    refused = {"name": "Whatever was refused", "filter": {"outcome": "refused"}, "shared": True}
    auditor.post("/v1/audit/saved-searches", refused)
    play.show.prove(sample["seed"], "The auditor draws five entries at random; whoever has the seed draws the same.")


def _lodge(play: Play, who: Person, record: Record) -> str:
    """Contest a record; return the appeal's id."""
    body = {"report_id": str(_report(play, *record)), "grounds": ["G05"], "text": _SAID}
    return str(who.post("appeals", body)["appeal_id"])


def _report(play: Play, buyer: Buyer, platform: str, category: str) -> UUID:
    return next(
        one for case, one in play.filed if (case.buyer, case.platform, case.category) == (buyer, platform, category)
    )


def _answer(play: Play, platform: str, appeal: str, picture: bytes | None) -> None:
    member = ByHand(play.stage, platform)
    shown = [person.announced(picture)] if picture else []
    told = {"appeal_id": appeal, "answer": "accurate", "text": _ANSWERED, "evidence": shown}
    member.post(f"/v1/appeals/{appeal}:answer", {"statement": member.sign(told, typ=STATEMENT)})
    if picture:
        listed = member.get(f"/v1/appeals/{appeal}")["evidence"]
        own = next(one["evidence_id"] for one in listed if one["side"] == "member")
        member.send(f"/v1/appeals/{appeal}/evidence/{own}/file", picture, photo.MEDIA_TYPE)


def _draft(officer: Colleague, appeal: str, **draft: Any) -> None:  # noqa: ANN401 - JSON
    officer.post(f"/v1/officers/appeals/{appeal}:claim")
    seen = officer.get(f"/v1/officers/appeals/{appeal}")["evidence_digest"]
    officer.post(f"/v1/officers/appeals/{appeal}:draft", draft | {"evidence_digest": seen})


def _approve(play: Play, appeal: str) -> dict[str, Any]:
    reviewer = play.house[house.REVIEWER]
    read = reviewer.get(f"/v1/officers/appeals/{appeal}")["draft"]
    return reviewer.post(f"/v1/officers/appeals/{appeal}:approve", {"draft_digest": read["digest"]})
