"""Whether a port can be listened on: asked before anything starts, so that nobody else's server is taken for ours."""

import errno
import socket

from registry.errors import Misconfigured


def require_free(host: str, port: int, setting: str) -> None:
    """Refuse an address that cannot be listened on; `setting` names what to change.

    Errors: Misconfigured `port_in_use`, `listen_invalid`.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does: connections that only linger do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except (socket.gaierror, UnicodeError):
        raise Misconfigured("listen_invalid", f"{host} is no address of this machine; see docs/settings.md.") from None
    except PermissionError:
        raise Misconfigured("listen_invalid", f"Port {port} is not open to this account; set {setting}.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"{host}:{port} is in use: stop what listens there, or set {setting}."
            raise Misconfigured("port_in_use", message) from None
        raise Misconfigured("listen_invalid", f"{host}:{port}: {error.strerror}; set {setting}.") from None
