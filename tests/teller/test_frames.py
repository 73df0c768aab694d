"""What passes between an API process and its teller comes out as it went in, however the socket cuts it."""

from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.access import Caller
from registry.teller.frames import Frames, Outcome, Question, Replies, Reply, frame
from tests.questions import PHONE, STRANGER, query

WHO = Caller(UUID(int=7), UUID(int=8), frozenset(), "cn", "key-1")
values = st.lists(st.recursive(st.text() | st.integers(0, 2**53), st.lists, max_leaves=5), max_size=5)
replies = st.builds(
    Reply, st.integers(0, 2**32 - 1), st.sampled_from(Outcome), st.integers(0, 500), st.binary(max_size=300)
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut data at some places."""
    ends = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


@given(st.lists(values, max_size=5), st.lists(st.integers(0, 5000), max_size=5))
def test_frames_survive_every_cut(sent: list[object], places: list[int]) -> None:
    reader = Frames()
    data = b"".join(map(frame, sent))
    assert [orjson.loads(body) for part in cut(data, places) for body in reader.feed(part)] == sent


@given(st.lists(replies, max_size=5), st.lists(st.integers(0, 5000), max_size=5))
def test_replies_survive_every_cut(sent: list[Reply], places: list[int]) -> None:
    reader = Replies()
    data = b"".join(one.frame() for one in sent)
    assert [Reply._make(one) for part in cut(data, places) for one in reader.feed(part)] == sent


@given(st.sampled_from([(PHONE,), STRANGER]), st.text(max_size=50))
def test_a_question_is_the_same_on_the_other_side(tokens: tuple[object, ...], text: str) -> None:
    asked = query(WHO, "1", tokens, body=orjson.dumps({"text": text}))  # type: ignore[arg-type]
    question = Question(asked.act, WHO, asked.purpose, asked.claim_text, asked.tokens, asked.request_sha256)
    assert Question.of(orjson.loads(orjson.dumps(question.plain())), question.request_sha256) == question
