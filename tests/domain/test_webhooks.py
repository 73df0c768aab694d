"""When a delivery is tried again, when nobody tries any more, and which addresses are anybody's."""

from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.addresses import is_public
from registry.domain.webhooks import RETRY_AFTER, DeliveryState, Failure, Next, Result, check_url, decide
from registry.errors import Malformed

results = st.one_of(
    st.builds(Result, status=st.integers(100, 599)), st.builds(Result, failure=st.sampled_from(Failure))
)


@given(result=results, attempts=st.integers(1, len(RETRY_AFTER) + 3))
def test_an_attempt_delivers_waits_or_is_the_last(result: Result, attempts: int) -> None:
    following = decide(result, attempts=attempts)
    if result.status in range(200, 300):
        assert following.state is DeliveryState.DELIVERED
    elif result.status == 410 or attempts > len(RETRY_AFTER):
        assert following.state is DeliveryState.DEAD
    else:
        assert following == Next(DeliveryState.WAITING, RETRY_AFTER[attempts - 1])


def test_the_schedule_only_slows_down_and_takes_four_days() -> None:
    assert list(RETRY_AFTER) == sorted(RETRY_AFTER)
    assert timedelta(days=3.9) < sum(RETRY_AFTER, timedelta(0)) <= timedelta(days=4)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        *(("http://shop.example/", False), ("https:///hooks", True), ("https://a@shop.example/", True)),
        *(("https://:443/hooks", True), ("https://shop.example:0/", True), ("https://shop.example:99999/", True)),
        *(("https://[::1/hooks", True), ("https://shop.example:x/", True)),
        *(("shop.example", True), ("ftp://shop.example", True), ("https://shop.example/#x", True), ("", True)),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, plain: bool) -> None:
    with pytest.raises(Malformed, match="url_refused"):
        check_url(url, plain=plain)


def test_a_sandbox_may_be_sent_to_in_the_open() -> None:
    check_url("http://127.0.0.1:9000/hooks", plain=True)
    check_url("https://shop.example:8443/hooks?shop=1", plain=False)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.255.255", "192.168.1.1"),
        *("192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "100::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "::127.0.0.1"),
    ],
)
def test_an_address_with_a_special_purpose_is_nobodys(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"],
)
def test_an_address_on_the_internet_may_be_connected_to(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_knows_to_be_private(address: object) -> None:
    known = ip_address(str(address))
    if known.is_loopback or known.is_link_local or known.is_multicast or known.is_unspecified:
        assert not is_public(known)
