"""A witness of transparency logs (C2SP tlog-witness): it cosigns what continues the history it knows, and nothing else.

`Witness` decides, `State` remembers (SQLite, durable before any answer), `WitnessServer` listens.
"""

from registry_client.witness.decisions import Answer, Witness
from registry_client.witness.place import Place, open_place
from registry_client.witness.server import WitnessServer
from registry_client.witness.state import State

__all__ = ["Answer", "Place", "State", "Witness", "WitnessServer", "open_place"]
