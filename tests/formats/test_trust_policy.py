"""Trust policies: the standard's own example, every departure from it, and no witness that counts twice."""

from itertools import combinations

import pytest

from registry_formats.cosignatures import CosignatureType, CosignerKey, CosigningKey
from registry_formats.errors import FormatError
from registry_formats.notes import Checkpoint, Note, VerifierKey, encode_note
from registry_formats.trust_policy import TrustPolicy, parse_policy

LOG = VerifierKey("registry.example/audit/2026h2.1", bytes(range(32)))
CHECKPOINT = Checkpoint(LOG.name, 7, bytes(32))


def witness(number: int) -> CosigningKey:
    return CosigningKey(f"w{number}.example", CosignatureType.ED25519, bytes([number]) * 32)


WITNESSES = [witness(number) for number in range(6)]
VKEYS = [key.vkey.encode() for key in WITNESSES]
TWO_LEVELS = f"""
# the example of the standard, with keys
log {LOG.encode()} https://registry.example/log/2026h2.1

witness X1 {VKEYS[0]} https://x1.example/
witness\tX2 {VKEYS[1]}
  witness X3   {VKEYS[2]}
group X-witnesses 2 X1 X2 X3
witness Y1 {VKEYS[3]}
witness Y2 {VKEYS[4]}
witness Y3 {VKEYS[5]}
group Y-witnesses any Y1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def cosigned(*keys: CosigningKey) -> str:
    return encode_note(Note(CHECKPOINT.text(), tuple(key.cosign(CHECKPOINT, 1) for key in keys)))


def test_the_standards_example_is_read_with_its_groups() -> None:
    policy = parse_policy(TWO_LEVELS)
    assert [(log.key, log.url) for log in policy.logs] == [(LOG, "https://registry.example/log/2026h2.1")]
    assert [one.name for one in policy.witnesses] == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    assert [one.url for one in policy.witnesses][:2] == ["https://x1.example/", None]
    for size in range(7):
        for chosen in combinations(range(6), size):
            expected = len({0, 1, 2} & set(chosen)) >= 2 and bool({3, 4, 5} & set(chosen))
            assert policy.quorum({WITNESSES[i].vkey for i in chosen}) is expected


def test_a_checkpoint_is_weighed_by_who_cosigned_it() -> None:
    policy = parse_policy(TWO_LEVELS)
    assert policy.is_met(cosigned(WITNESSES[0], WITNESSES[2], WITNESSES[5]))
    assert not policy.is_met(cosigned(WITNESSES[0], WITNESSES[1], witness(9)))
    other = Checkpoint(LOG.name, 8, bytes(32))
    with pytest.raises(FormatError, match="cosignature_invalid"):
        policy.is_met(encode_note(Note(other.text(), (WITNESSES[0].cosign(CHECKPOINT, 1),))))


def test_a_quorum_of_one_and_of_nobody() -> None:
    one = parse_policy(f"witness w {VKEYS[0]}\nquorum w\n")
    assert (one.quorum([WITNESSES[0].vkey]), one.quorum([])) == (True, False)
    assert parse_policy("quorum none\n").quorum([])


def both(name: str, other: str) -> str:
    return f"witness a {VKEYS[0]}\nwitness b {VKEYS[1]}\n{name}\n{other}\n"


def test_two_names_for_one_key_are_refused_whatever_the_key_is_called() -> None:
    renamed = CosignerKey("elsewhere.example", CosignatureType.ED25519, WITNESSES[0].vkey.public_key)
    with pytest.raises(FormatError, match="policy_malformed"):
        parse_policy(f"witness a {VKEYS[0]}\nwitness b {renamed.encode()}\nquorum none\n")
    with pytest.raises(FormatError, match="policy_malformed"):
        parse_policy(f"log {LOG.encode()}\nlog {LOG.encode()}\nquorum none\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "quorum none",
        "quorum none\r\n",
        "quorum none\nquorum none\n",
        "quorum\n",
        "quorum nobody\n",
        "quorum none x\n",
        "quorum\u00a0none\n",
        "\u0000quorum none\n",
        "Quorum none\n",
        f"witness none {VKEYS[0]}\nquorum none\n",
        f"witness a {VKEYS[0]}\nwitness a {VKEYS[1]}\nquorum none\n",
        f"witness a {VKEYS[0]} https://a.example/ more\nquorum none\n",
        "witness a\nquorum none\n",
        "log\nquorum none\n",
        both("group g 3 a b", "quorum g"),
        both("group g 0 a b", "quorum g"),
        both("group g 01 a b", "quorum g"),
        both("group g -1 a b", "quorum g"),
        both("group g most a b", "quorum g"),
        both("group g all", "quorum g"),
        both("group g all a a", "quorum g"),
        both("group g all a none", "quorum g"),
        both("group g all a c", "quorum g"),
        both("group g all a g", "quorum g"),
        both("group none all a b", "quorum none"),
        both("group g all a\ngroup h all g a", "quorum h"),
        both("quorum g", "group g all a b"),
        "#" * (1 << 20) + "\nquorum none\n",
        "".join(f"group g{i} any w{i}\n" for i in range(3)) + "quorum g1\n",
    ],
)
def test_every_departure_from_the_format_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="policy_malformed"):
        parse_policy(text)


@pytest.mark.parametrize("line", [f"witness a {LOG.encode()}", f"log {VKEYS[0]}", "witness a x", "log x"])
def test_a_key_of_the_wrong_kind_is_refused(line: str) -> None:
    with pytest.raises(FormatError, match="vkey_malformed"):
        parse_policy(f"{line}\nquorum none\n")


def test_there_may_be_thirty_two_witnesses_and_groups_and_a_bounded_number_more() -> None:
    def policy_of(count: int) -> TrustPolicy:
        keys = [CosignerKey(f"w{i}", CosignatureType.ED25519, i.to_bytes(32)) for i in range(count)]
        lines = [f"witness w{i} {key.encode()}\n" for i, key in enumerate(keys)]
        groups = [f"group g{i} all w{i}\n" for i in range(32)]
        return parse_policy("".join(lines + groups) + "quorum g31\n")

    assert len(policy_of(32).witnesses) == 32
    with pytest.raises(FormatError, match="policy_malformed"):
        policy_of(300)
