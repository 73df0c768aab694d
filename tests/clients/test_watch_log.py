"""Follow a log from outside: growth is proved out of tiles, and rollback, fork and stalled witnesses are named."""

import shutil
from pathlib import Path

import httpx
import pytest

from registry.crypto.checkpoint import SigningKey
from registry_client.cli.watch_command import look
from registry_client.verifier.keys import Keys
from registry_client.verifier.logs import shards
from registry_client.verifier.sources import Directory, SourceUnreadable, Web
from registry_client.verifier.watch import Follower
from registry_formats.cosignatures import CosignatureType, CosigningKey
from registry_formats.notes import add_signatures, parse_checkpoint_text, parse_note
from registry_formats.trust_policy import parse_policy
from tests.clients.verifying import Said, run, verify
from tests.log_files import KEY, leaf, leaves, write_log

NOW = 1_795_000_100
WITNESS = CosigningKey("witness.example/w1", CosignatureType.ED25519, b"\x21" * 32)
POLICY = f"log {KEY.vkey.encode()}\nwitness w1 {WITNESS.vkey.encode()}\nquorum w1\n"


def _watch(directory: Path, memory: Path) -> Said:
    return run("log", "watch", directory, "--memory", memory, "--once")


def _cosign(directory: Path, t_s: int) -> None:
    note = (directory / "checkpoint").read_text()
    checkpoint = parse_checkpoint_text(parse_note(note).text)
    (directory / "checkpoint").write_text(add_signatures(note, [WITNESS.cosign(checkpoint, t_s)]))


def test_a_log_that_only_grows_is_followed_across_processes(tmp_path: Path) -> None:
    for size in (1, 5, 5, 256, 700):
        write_log(tmp_path / "log", leaves(size))
        said = _watch(tmp_path / "log", tmp_path / "memory")
        assert (said.code, said.checks[0]["size"]) == (0, size)


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


def test_a_log_that_was_rolled_back_is_named_and_both_checkpoints_are_kept(tmp_path: Path, no_pause: None) -> None:
    write_log(tmp_path / "log", leaves(700))
    assert _watch(tmp_path / "log", tmp_path / "memory").code == 0
    write_log(tmp_path / "log", leaves(300))
    said = _watch(tmp_path / "log", tmp_path / "memory")
    assert (said.code, said.found) == (1, [("rolled_back", 300, 699)])
    kept = {path.parent.name: path.read_text() for path in (tmp_path / "memory").rglob("*.checkpoint")}
    assert {name: note.split("\n")[1] for name, note in kept.items()} == {"memory": "700", "refused": "300"}


@pytest.mark.parametrize(("size", "found"), [(300, ("log_forked", 0, 299)), (500, ("kept_differs", 0, 299))])
def test_a_fork_is_named_and_never_remembered(
    tmp_path: Path, no_pause: None, size: int, found: tuple[str, int, int]
) -> None:
    write_log(tmp_path / "log", leaves(300))
    assert _watch(tmp_path / "log", tmp_path / "memory").code == 0
    write_log(tmp_path / "fork", [leaf(number, salt=b"fork") for number in range(size)])
    for _ in range(2):
        said = _watch(tmp_path / "fork", tmp_path / "memory")
        assert (said.code, said.found) == (1, [found])
    assert _watch(tmp_path / "log", tmp_path / "memory").code == 0


def test_a_contradiction_is_believed_only_when_it_is_seen_twice(tmp_path: Path) -> None:
    write_log(tmp_path / "log", leaves(300))
    follower = Follower(Keys((KEY.vkey,)), tmp_path / "memory")
    source = Directory(tmp_path / "log")
    assert look(follower, [source], clock=lambda: NOW, pause=lambda _: None)[0].outcome == 0
    write_log(tmp_path / "log", leaves(200))
    paused = []

    def catch_up(seconds: float) -> None:
        paused.append(seconds)
        write_log(tmp_path / "log", leaves(400))

    assert look(follower, [source], clock=lambda: NOW, pause=catch_up)[0].outcome == 0
    assert len(paused) == 1


def test_a_quorum_of_witnesses_is_demanded_where_a_policy_names_one(tmp_path: Path) -> None:
    (tmp_path / "policy").write_text(POLICY)
    write_log(tmp_path / "log", leaves(10))
    options = ("--policy", tmp_path / "policy")
    assert verify(tmp_path / "log", *options).found == [("quorum_missing", None, None)]
    _cosign(tmp_path / "log", NOW)
    assert verify(tmp_path / "log", *options).code == 0
    other = CosigningKey("witness.example/w1", CosignatureType.ED25519, b"\x22" * 32)
    (tmp_path / "policy").write_text(POLICY.replace(WITNESS.vkey.encode(), other.vkey.encode()))
    assert verify(tmp_path / "log", *options).code == 2


def test_the_keys_of_a_policy_are_enough(tmp_path: Path) -> None:
    (tmp_path / "policy").write_text(POLICY)
    write_log(tmp_path / "log", leaves(10))
    _cosign(tmp_path / "log", NOW)
    stranger = SigningKey("stranger.example/audit", b"\x01" * 32).vkey.encode()
    assert verify(tmp_path / "log", "--policy", tmp_path / "policy", key=stranger).code == 0
    assert verify(tmp_path / "log", key=stranger).code == 1


@pytest.mark.parametrize(("age", "outcome"), [(0, 0), (900, 0), (901, 2)])
def test_a_log_that_no_witness_has_seen_lately_is_stalled(tmp_path: Path, age: int, outcome: int) -> None:
    write_log(tmp_path / "log", leaves(10))
    _cosign(tmp_path / "log", NOW)
    follower = Follower(Keys((KEY.vkey,), parse_policy(POLICY)), tmp_path / "memory")
    assert follower.look(Directory(tmp_path / "log"), now_s=NOW + age).outcome == outcome


def _serve(directory: Path) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        path = directory / request.url.path.removeprefix("/log/2026h2.1/")
        if request.url.path == "/log/shards":
            return httpx.Response(200, json={"shards": [{"path": "/log/2026h2.1"}]})
        if "/entries/" in request.url.path and request.headers.get("authorization") != "Bearer secret":
            return httpx.Response(401)
        return httpx.Response(200, content=path.read_bytes()) if path.is_file() else httpx.Response(404)

    return httpx.MockTransport(answer)


def test_a_server_is_read_like_a_directory(tmp_path: Path) -> None:
    write_log(tmp_path / "log", leaves(300))
    with Web("http://registry.example/log", transport=_serve(tmp_path / "log")) as web:
        assert web.shards() == ["2026h2.1"]
    follower = Follower(Keys((KEY.vkey,)), tmp_path / "memory")
    base = "http://registry.example/log/2026h2.1/"
    with Web(base, transport=_serve(tmp_path / "log")) as web:
        assert web.shards() == []
        assert follower.look(web, now_s=NOW).outcome == 0
        assert web.read("checkpoint", 3) == b"regi"
        with pytest.raises(SourceUnreadable, match="http_401"):
            web.read("tile/entries/000", 10)
    with Web(base, "secret", _serve(tmp_path / "log")) as web:
        assert web.read("tile/entries/000", 1) == b"\x00\xa8"
        assert web.read("tile/entries/009", 1) is None


@pytest.mark.parametrize("shards", [b"[]", b"{", b'{"shards": [{"path": "/log/../x"}]}', b'{"shards": [7]}'])
def test_a_list_of_shards_that_leads_elsewhere_is_not_followed(shards: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=shards))
    web = Web("http://registry.example/log", transport=transport)
    with web, pytest.raises(SourceUnreadable, match="shards_malformed"):
        web.shards()


def test_a_server_that_cannot_be_reached_is_incomplete(tmp_path: Path) -> None:
    said = run("log", "watch", "http://127.0.0.1:9/log/2026h2.1", "--memory", tmp_path, "--once")
    assert said.code == 2


def test_only_the_newest_shard_must_be_cosigned_lately(tmp_path: Path) -> None:
    names = ("2026h2.9", "2026h2.10", "2027h1.1")
    keys = [SigningKey(f"registry.example/audit/{name}", b"\x17" * 32) for name in names]
    for name, key in zip(names, keys, strict=True):
        write_log(tmp_path / "log" / name, leaves(10), key)
        _cosign(tmp_path / "log" / name, NOW if name == names[-1] else NOW - 10_000)
    assert [source.name.rpartition("/")[2] for source in shards(tmp_path / "log")] == list(names)
    follower = Follower(Keys((KEY.vkey,), parse_policy(POLICY)), tmp_path / "memory")
    reports = look(follower, shards(tmp_path / "log"), clock=lambda: NOW, pause=lambda _: None)
    assert [report.faults for report in reports] == [(), (), ()]
    stalled = look(follower, shards(tmp_path / "log")[:1], clock=lambda: NOW, pause=lambda _: None)
    assert [report.outcome for report in stalled] == [2]


def test_a_shard_that_is_shown_no_more_is_missed(tmp_path: Path) -> None:
    for name in ("2026h2.1", "2027h1.1", "2027h2.1"):
        write_log(tmp_path / "log" / name, leaves(10), SigningKey(f"registry.example/audit/{name}", b"\x17" * 32))
    assert _watch(tmp_path / "log", tmp_path / "memory").code == 0
    for gone in ("2026h2.1", "2027h2.1"):
        shutil.rmtree(tmp_path / "log" / gone)
    said = _watch(tmp_path / "log", tmp_path / "memory")
    assert (said.code, [fault["place"][-8:] for fault in said.faults]) == (2, ["2026h2.1", "2027h2.1"])
    assert _watch(tmp_path / "log" / "2027h1.1", tmp_path / "memory").code == 0
