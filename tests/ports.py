"""Ports of loopback that nobody listens on: a registry may run on this machine while its tests do."""

import socket

HOST = "127.0.0.1"
# What `registry serve` and `registry relay` listen on.
_OURS = ("REGISTRY_PORT", "REGISTRY_RELAY_PORT")


def free_port() -> int:
    """Return one such port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def free_ports() -> dict[str, str]:
    """Return settings by which nothing of ours listens where another registry may."""
    return {name: str(free_port()) for name in _OURS}
