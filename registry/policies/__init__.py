"""The rules as data. `load` reads every pack that ships, once, at start; a wrong one stops the start with its place."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from registry.domain import policy_reader, taxonomies
from registry.domain.policy import Policy
from registry.domain.score_model import ScoreModel
from registry.domain.tables import Table, digest

PACKS = ("cn", "uk", "us", "eu")
_TAXONOMIES = ("taxonomy_1",)
_SCORE_MODELS = ("frs_1_0",)


@cache
def load() -> Mapping[str, Policy]:
    """Read and check all packs, by name; Misconfigured(policy_invalid) with the place and the cure."""
    shipped = (taxonomies.parse(read(name)) for name in _TAXONOMIES)
    by_version = {taxonomy.version: taxonomy for taxonomy in shipped}
    models = dict(_score_model(name) for name in _SCORE_MODELS)
    packs = (policy_reader.parse(read(name), taxonomies=by_version, score_models=models) for name in PACKS)
    return MappingProxyType({pack.pack: pack for pack in packs})


@cache
def score_models() -> Mapping[str, ScoreModel]:
    """Read and check all score models, by version."""
    models = (ScoreModel.from_table(Table.parse(read(name), name).document()) for name in _SCORE_MODELS)
    return MappingProxyType({model.version: model for model in models})


def read(name: str) -> bytes:
    """Return the bytes of one data file of this package, named without its suffix."""
    return resources.files(__package__).joinpath(f"{name}.toml").read_bytes()


def _score_model(name: str) -> tuple[str, str]:
    table = Table.parse(read(name), name)
    return str(table.document()["version"]), digest(table.document())
