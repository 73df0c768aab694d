"""Which addresses on the network are anybody's: where a member may not make the registry connect to.

The list is of the special-purpose registries of IANA (RFC 6890 and what it was updated by), written down here because
the standard library's notion of them changes with its version. An address that holds an IPv4 address is judged by that.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address

_SPECIAL: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(one)
    for one in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Only what IANA has allocated for unicast, and of that neither documentation, benchmarks nor tunnels.
_GLOBAL = ip_network("2000::/3")
_SPECIAL_6 = tuple(ip_network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Tell whether an address can belong to a stranger on the internet."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or (IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None)
        if inner is None:
            return address in _GLOBAL and not any(address in network for network in _SPECIAL_6)
        return is_public(inner)
    return not any(address in network for network in _SPECIAL)
