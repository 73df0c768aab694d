"""The first half of the story: members, tokens, reports, notices, windows, answers."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from time import monotonic, sleep
from uuid import UUID

from registry.demo import filings
from registry.demo.cast import BUYERS, CASES, CHEN, GROUPS, HARBOUR, JADE, LIN, LOTUS, SUN, ZHAO, Buyer, Case
from registry.demo.house import Colleague
from registry.demo.receiver import Receiver
from registry.demo.show import DemoFailed, Show
from registry.demo.stage import Stage
from registry_client import (
    Band,
    Client,
    RegistryClientError,
    ReportState,
    ScoreAnswer,
    Tokens,
    claim_reference,
)

_SHANGHAI = timedelta(hours=8)  # the day of the `cn` pack
_PATIENCE = 30.0  # seconds for the worker to notice that a window is over


@dataclass(slots=True)
class Play:
    """What the scenes hand on to one another."""

    show: Show
    stage: Stage
    program: str = "registry"
    clients: dict[str, Client] = field(default_factory=dict)
    tokens: dict[str, Tokens] = field(default_factory=dict)
    filed: list[tuple[Case, UUID]] = field(default_factory=list)
    answers: list[ScoreAnswer] = field(default_factory=list)
    house: dict[str, Colleague] = field(default_factory=dict)
    receiver: Receiver = field(default_factory=Receiver)

    def today(self) -> date:
        """Return the day it is in the registry's jurisdiction."""
        return (self.stage.now() + _SHANGHAI).date()

    def ask(self, buyer: Buyer, claim: str, platform: str = HARBOUR) -> ScoreAnswer:
        """Ask, as a platform with an open claim of this buyer, and keep the answer with its receipt."""
        answer = self.clients[platform].query(self.tokens[buyer.phone], claim_reference(_claim_key(platform), claim))
        self.answers.append(answer)
        return answer


def _claim_key(platform: str) -> bytes:
    return platform.encode().ljust(32, b".")


def admit(play: Play) -> None:
    """Four platforms of three groups, each with a key of its own."""
    play.show.scene(
        "Members",
        "The operator admits four platforms of three groups and enrols their Ed25519 keys at the key operator, which",
        "is a process of its own. Each is handed the registry's public keys, to pin; nobody has a password.",
    )
    rows = []
    for group, names in GROUPS.items():
        play.stage.admit(*names, group=group)
        for name in names:
            play.clients[name] = play.stage.member(name)
            rows.append((name, group, repr(play.clients[name]).rpartition(" ")[2].rstrip(")")))
    play.show.table(("platform", "group", "member id"), rows)


def tokenise(play: Play) -> None:
    """Buyers become tokens inside the platforms."""
    play.show.scene(
        "Tokens",
        "A platform turns what it knows of a buyer into tokens: it blinds them, the key operator evaluates without",
        "seeing them and proves it used the committed key (RFC 9497), the platform checks the proof, unblinds and",
        "stretches. Names, numbers and addresses stay in the shop. These buyers are made up.",
    )
    client = play.clients[HARBOUR]
    for buyer, tokens in zip(BUYERS, client.tokenise_many([one.identifiers() for one in BUYERS]), strict=True):
        play.tokens[buyer.phone] = tokens
    rows = [
        (one.name, one.phone, one.email, one.national_id, play.tokens[one.phone].identifiers[0]["tokens"][0][:24] + "…")
        for one in BUYERS
    ]
    play.show.table(("name (stays)", "phone (stays)", "e-mail (stays)", "national id (stays)", "phone token"), rows)
    other = play.clients[LOTUS].tokenise(LIN.identifiers())
    play.show.prove(other == play.tokens[LIN.phone], "Two platforms compute the same tokens of one buyer, apart.")


def file(play: Play) -> None:
    """Some reports stand, others are refused."""
    play.show.scene(
        "Reports",
        "A report is signed by its platform and must pass every pillar of proof: two independent kinds of evidence,",
        "the buyer told and heard, a human reviewer, innocent explanations excluded. Pictures stay;",
        "only hashes are filed.",
    )
    rows = []
    for number, case in enumerate(CASES):
        report = _report(play, case, number)
        filed = play.clients[case.platform].report(report)
        play.filed.append((case, filed.report_id))
        stands = f"{filed.state.value}, until {filed.expires_on}"
        rows.append((case.platform, case.buyer.name, case.category, str(filed.severity), str(filed.confidence), stands))
    play.show.table(("platform", "buyer", "category", "severity", "proof", "kept as"), rows, "Filed")
    _refused(play)


def _refused(play: Play) -> None:
    report = _report(play, CASES[0], 90) | {"reference": "RMA-REFUSED"}
    rows = []
    for flaw, spoiled in filings.flawed(report):
        codes = _codes(play.clients[JADE], spoiled)
        if flaw.code not in codes:
            raise DemoFailed(f"a report in which {flaw.tried} got {codes or 'through'}, not {flaw.code}")
        rows.append((flaw.tried, ", ".join(codes)))
    play.show.table(("what was tried", "refused with"), rows, "Refused, nothing stored")
    play.show.prove(len(play.filed) == len(CASES), f"{len(CASES)} reports stand; {len(rows)} are refused by code.")


def _report(play: Play, case: Case, number: int) -> filings.Report:
    client = play.clients[case.platform]
    tokens = client.tokenise(case.buyer.identifiers(case.order))
    claim = claim_reference(_claim_key(case.platform), f"claim-{number}")
    return filings.write(case, tokens, claim, play.today())


def _codes(client: Client, report: filings.Report) -> list[str]:
    try:
        client.report(report)
    except RegistryClientError as refusal:
        return sorted({fault.code for fault in refusal.faults} or {refusal.code})
    return []


def serve(play: Play) -> None:
    """The registry tells each buyer itself, before anything counts."""
    play.show.scene(
        "Notices",
        "Before a record counts, the registry serves its own notice. The relay, a process of its own, is the only",
        "place that ever sees a contact: it makes the token, asks whether it is on that report, delivers, and forgets.",
    )
    answer = play.ask(LIN, "claim-before")
    play.show.prove(answer.band is Band.NONE, "A report that was filed but not served scores nothing.")
    for case, report_id in play.filed:
        play.clients[case.platform].serve_notice(report_id, phone=case.buyer.phone, language="zh")
    letters = sorted((play.stage.directory / "relay" / "letters").iterdir())
    excerpt = letters[0].read_text().splitlines()[:14]
    play.show.table(("the letter, as delivered by the file adapter",), [("\n".join(excerpt) + "\n…",)])
    kept = b"".join(path.read_bytes() for path in (play.stage.directory / "relay").rglob("*") if path.is_file())
    contact = LIN.phone.replace(" ", "").encode()
    play.show.prove(len(letters) == len(CASES), f"{len(letters)} notices served through the relay.")
    play.show.prove(contact not in kept and contact[3:] not in kept, "Neither relay nor letters hold a contact.")


def pass_windows(play: Play) -> None:
    """7 days: active. 30 days: heard."""
    play.show.scene("Windows", "The sandbox's clock jumps. The buyers have 7 days before a record counts.")
    play.stage.demand("sandbox", "advance-clock", "--days", "7", "--hours", "1")
    _wait_until_active(play)
    unheard = play.ask(LIN, "claim-day-7")
    play.show.answer("Harbour Home asks about 林小满, 7 days after the notice", unheard)
    play.show.prove(
        unheard.band is Band.GUARDED,
        "Seven days after the notice four reports of two groups count as guarded at most: the buyer may yet be heard.",
    )
    play.show.say("23 more days pass; nobody has disputed anything.")
    play.stage.demand("sandbox", "advance-clock", "--days", "23")


def _wait_until_active(play: Play) -> None:
    deadline = monotonic() + _PATIENCE
    waiting = {report_id: play.clients[case.platform] for case, report_id in play.filed}
    while waiting:
        active = {one for one, client in waiting.items() if client.get_report(one).state is ReportState.ACTIVE}
        waiting = {one: client for one, client in waiting.items() if one not in active}
        if monotonic() > deadline:
            raise DemoFailed(f"{len(waiting)} reports are not active after their window")
        sleep(0.3)


def answer(play: Play) -> None:
    """A miss, guarded, high by one group, severe by two."""
    play.show.scene(
        "Answers",
        "Harbour Home, a third group, has an open refund claim of each buyer. An answer is bound to that claim.",
    )
    expected = {
        SUN: (Band.NONE, "nothing is known of this buyer"),
        ZHAO: (Band.GUARDED, "one report of one platform"),
        CHEN: (Band.HIGH, "three reports, all of the group Jade"),
        LIN: (Band.SEVERE, "four reports of two groups"),
    }
    for buyer, (band, why) in expected.items():
        found = play.ask(buyer, f"claim-{buyer.national_id[-4:]}")
        play.show.answer(f"{buyer.name}: {why}", found)
        play.show.prove(found.band is band, f"{why[0].upper()}{why[1:]}: band {found.band.value}.")
    hit, miss = play.answers[-1].document, play.answers[-4].document
    play.show.prove(hit.keys() == miss.keys(), "A hit and a miss have the same fields.")
    play.show.say(
        "One group alone never exceeds high, whatever it files: its belief is multiplied by 0.70 and by its",
        "reliability, so that even fifty reports of one group end near 630 of 1000. Severe needs at least two",
        "groups: 250 points must remain when any one of them is left out.",
    )
