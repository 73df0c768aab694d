"""What a sandbox refuses: to be one by accident, and to become something else."""

from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pyotp
import pytest

from registry.clock import real_time
from tests.cli.invoking import registry


def test_members_are_made_up_only_where_a_sandbox_was_started(data_dir: Path) -> None:
    done = registry(data_dir, "sandbox", "admit", "My Shop", "--to", str(data_dir / "shop"))
    assert done.exit_code == 2
    assert done.stderr.startswith("sandbox_missing:")
    assert not (data_dir / "shop").exists()


def test_the_clock_of_a_live_registry_cannot_be_moved(data_dir: Path) -> None:
    (data_dir / "mode").write_text("live\n")
    done = registry(data_dir, "sandbox", "advance-clock", "--days", "7")
    assert done.exit_code == 2
    assert done.stderr.startswith("sandbox_missing:")
    assert not (data_dir / "clock").exists()


def test_a_sandbox_cannot_become_live(data_dir: Path) -> None:
    (data_dir / "mode").write_text("sandbox\n")
    done = registry(data_dir, "up", REGISTRY_MODE="live")
    assert done.exit_code == 2
    assert "mode_differs:" in done.stderr
    assert (data_dir / "mode").read_text() == "sandbox\n"


def test_the_clock_moves_forward_by_what_was_asked(data_dir: Path) -> None:
    (data_dir / "mode").write_text("sandbox\n")
    said = [registry(data_dir, "sandbox", "advance-clock", "--days", "7").stdout for _ in range(2)]
    assert ["7.00" in said[0], "14.00" in said[1]] == [True, True]


@pytest.mark.parametrize(
    "command", [("serve",), ("worker",), ("migrate",), ("relay",), ("keyholder",), ("members", "list")]
)
@pytest.mark.parametrize(
    ("mark", "content", "code"),
    [("mode", "sandbox\n", "mode_differs"), ("realm", "other.test\n", "realm_differs")],
)
def test_what_a_directory_was_made_for_stays(
    data_dir: Path, command: tuple[str, ...], mark: str, content: str, code: str
) -> None:
    (data_dir / mark).write_text(content)
    assert registry(data_dir, "keys", "generate").exit_code == 0
    done = registry(data_dir, *command)
    assert done.exit_code == 2
    assert f"{code}:" in done.stderr
    assert not (data_dir / "postgres").exists()


def test_a_key_operator_tells_the_realm_too(data_dir: Path) -> None:
    assert registry(data_dir, "keyholder", "init", REGISTRY_REALM="first.test").exit_code == 0
    done = registry(data_dir, "migrate", REGISTRY_REALM="second.test")
    assert done.exit_code == 2
    assert done.stderr.startswith("realm_differs:")


def test_a_migrated_live_directory_does_not_become_a_sandbox(data_dir: Path) -> None:
    assert registry(data_dir, "migrate").exit_code == 0
    done = registry(data_dir, "up")
    assert done.exit_code == 2
    assert "mode_differs:" in done.stderr


def test_a_members_key_is_never_overwritten(data_dir: Path) -> None:
    (data_dir / "mode").write_text("sandbox\n")
    shop = data_dir / "shop"
    shop.mkdir()
    (shop / "member.key").write_text("of another member")
    done = registry(data_dir, "sandbox", "admit", "My Shop", "--to", str(shop))
    assert (done.exit_code, done.stderr.partition(":")[0]) == (2, "member_files_exist")
    assert (shop / "member.key").read_text() == "of another member"


@pytest.mark.parametrize("name", ["../../Evil", "/etc/evil", "..", ".hidden", ""])
def test_a_name_that_leads_elsewhere_is_refused(data_dir: Path, name: str) -> None:
    (data_dir / "mode").write_text("sandbox\n")
    done = registry(data_dir, "sandbox", "admit", "My Shop", name, "--to", str(data_dir / "shops"))
    assert (done.exit_code, done.stderr.partition(":")[0]) == (2, "member_name_refused")
    assert not (data_dir / "shops").exists()


def test_a_directory_that_cannot_be_written_is_noticed_before_anything_else(data_dir: Path) -> None:
    (data_dir / "mode").write_text("sandbox\n")
    done = registry(data_dir, "sandbox", "admit", "My Shop", "--to", str(data_dir / "mode" / "shop"))
    assert (done.exit_code, done.stderr.partition(":")[0]) == (2, "member_directory_unusable")


def test_a_member_who_is_not_admitted_leaves_no_key(data_dir: Path) -> None:
    (data_dir / "mode").write_text("sandbox\n")  # and no keys: the registry never started
    done = registry(data_dir, "sandbox", "admit", "My Shop", "Other", "--to", str(data_dir / "shops"))
    assert (done.exit_code, done.stderr.partition(":")[0]) == (2, "key_missing")
    assert list((data_dir / "shops").rglob("member.*")) == []


def test_without_a_demo_there_is_none_to_go_on_with(data_dir: Path) -> None:
    done = registry(data_dir, "up", "--demo")
    assert done.exit_code == 2
    assert done.stderr.startswith("demo_missing:")


def test_a_sandbox_computes_the_codes_of_made_up_people(data_dir: Path) -> None:
    done = registry(data_dir, "sandbox", "code", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert done.stdout.strip() in {
        pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").at(real_time() - timedelta(seconds=back)) for back in (0, 30)
    }


@pytest.fixture
def stranger() -> Iterator[str]:
    """Answer as the registry of another realm; say where."""

    class Described(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"realm": "other.test"}')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Described) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield str(server.server_address[1])
        server.shutdown()


def test_nobody_is_admitted_to_another_registry_than_the_one_that_answers(data_dir: Path, stranger: str) -> None:
    (data_dir / "mode").write_text("sandbox\n")
    done = registry(data_dir, "sandbox", "admit", "My Shop", "--to", str(data_dir / "shop"), REGISTRY_PORT=stranger)
    assert (done.exit_code, done.stderr.partition(":")[0]) == (2, "realm_differs")
    assert "other.test" in done.stderr
    assert not (data_dir / "shop").exists()
