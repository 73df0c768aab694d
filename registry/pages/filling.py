"""Take in a form: read it into a model, or keep what was typed and say at each field what is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import ImmutableMultiDict, UploadFile

from registry.api.pointers import fault_of
from registry.api.strings import RequestModel
from registry.errors import RegistryError
from registry.pages.sitting import FIELD

Model = TypeVar("Model", bound=RequestModel)


@dataclass(frozen=True, slots=True)
class Filled(Generic[Model]):
    """A form as it came.

    Args:
        model: what was read; None if something is wrong.
        typed: every field as it was typed, to be shown again; a field that came several times as a list.
        faults: the code of what is wrong, by field.
        refusal: what a use case said of the whole.
    """

    model: Model | None = None
    typed: Mapping[str, object] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    refusal: RegistryError | None = None

    def refused(self, refusal: RegistryError) -> "Filled[Model]":
        """Keep what was typed, with the refusal of a use case."""
        return Filled(None, self.typed, self.faults, refusal)


async def fill(request: Request, model: type[Model]) -> Filled[Model]:
    """Read a form. An empty field is one that was left out; its value is never in a fault."""
    form = await request.form()
    return _read(form, [name for name in form if name != FIELD], model)


def asked(request: Request, model: type[Model]) -> Filled[Model]:
    """Read what a form asked for in the address of its page, likewise; other parameters are not its business."""
    parameters = request.query_params
    return _read(parameters, [name for name in parameters if name in model.model_fields], model)


def _read(form: ImmutableMultiDict[str, Any], names: Iterable[str], model: type[Model]) -> Filled[Model]:
    typed = {name: _value(form, name, model) for name in names}
    given = {name: value for name, value in typed.items() if value not in {"", ()}}
    try:
        # From text, as HTML sends everything: "5" is a number here, and "true" a choice.
        return Filled(model.model_validate(given, strict=False), typed)
    except ValidationError as error:
        found = (fault_of(dict(detail)) for detail in error.errors(include_url=False))
        faults = {fault.pointer.split("/")[1] if "/" in fault.pointer else "": fault.code for fault in found}
        return Filled(None, typed, faults)


def _value(form: ImmutableMultiDict[str, Any], name: str, model: type[RequestModel]) -> object:
    several = name in model.model_fields and "tuple" in str(model.model_fields[name].annotation)
    # Browsers end lines with CR LF (HTML, section 4.10.21.4); here a text has line feeds alone.
    texts = tuple(value.replace("\r\n", "\n") for value in form.getlist(name) if not isinstance(value, UploadFile))
    return texts if several else (texts[-1] if texts else "")
