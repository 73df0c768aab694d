"""`/v1/notices`, where members hand in a contact, and `/v1/bounces`, where the mail server says what came back."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from registry.clock import real_time
from registry.errors import Fault, Malformed, NotFound
from registry.relay.access import Access
from registry.relay.bounces import Marks
from registry.relay.contacts import Contact, ContactKind
from registry.relay.delivery import Deliveries
from registry.relay.edge import bounded, guarded
from registry.relay.orders import Notice, Order


class NoticeRequest(BaseModel):
    """The report, the contact to tell, and the language of the letter."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    report_id: UUID
    kind: ContactKind
    contact: Annotated[SecretStr, StringConstraints(min_length=3, max_length=320)]
    language: Literal["zh", "en"]


def notice_routes(access: Access, deliveries: Deliveries, marks: Marks, issuer: str) -> list[Route]:
    """Bind the paths to what answers them."""

    async def member(request: Request) -> UUID:
        return await access.member(request.headers.get("authorization", ""), now=real_time())

    async def serve(request: Request) -> Response:
        member_id = await member(request)
        return _answer(await deliveries.serve(_order(await bounded(request), member_id)))

    async def state(request: Request) -> Response:
        member_id = await member(request)
        return _state(deliveries, member_id, _report_id(request))

    async def bounced(request: Request) -> Response:
        notice_id = marks.read(request.path_params["mark"])
        if notice_id is None:
            raise NotFound("notice_unknown")
        await deliveries.bounced(notice_id)
        return Response(status_code=204)

    return [
        Route("/v1/notices", guarded(serve, issuer), methods=["POST"]),
        Route("/v1/notices", guarded(state, issuer), methods=["GET"]),
        Route("/v1/bounces/{mark}", guarded(bounced, issuer), methods=["POST"]),
    ]


def _order(body: bytes, member_id: UUID) -> Order:
    try:
        asked = NoticeRequest.model_validate_json(body)
    except ValidationError as error:
        raise Malformed("request_invalid", faults=_faults(error)) from None
    return Order(member_id, asked.report_id, Contact(asked.kind, asked.contact.get_secret_value()), asked.language)


def _faults(error: ValidationError) -> list[Fault]:
    """Name places of our own schema only: a place that the sender made up could be the contact itself."""
    places = {str(one["loc"][0]) if one["loc"] else "" for one in error.errors(include_input=False, include_url=False)}
    return [Fault(f"/{place}", "invalid") for place in sorted(places & NoticeRequest.model_fields.keys())]


def _report_id(request: Request) -> UUID:
    try:
        return UUID(request.query_params.get("report_id", ""))
    except ValueError:
        raise Malformed("request_invalid", faults=[Fault("/report_id", "invalid")]) from None


def _answer(notice: Notice) -> Response:
    content = {
        "livemode": notice.livemode,
        "report_id": str(notice.report_id),
        "kind": notice.kind.value,
        "served_at": notice.served_at.isoformat(),
        "repeated": notice.repeated,
    }
    return JSONResponse(content, 200 if notice.repeated else 201)


def _state(deliveries: Deliveries, member_id: UUID, report_id: UUID) -> Response:
    letters = [
        {"notice_id": str(one.notice_id), "kind": one.kind.value, "state": one.fate.value, "at": one.at.isoformat()}
        for one in deliveries.undelivered(member_id, report_id)
    ]
    return JSONResponse({"report_id": str(report_id), "undelivered": letters})
