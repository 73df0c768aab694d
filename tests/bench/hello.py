"""The framework's bare answer: what can be had from it at most."""

from fastapi import FastAPI


def app() -> FastAPI:
    """Make an application of one route, as the framework comes."""
    bare = FastAPI()

    @bare.get("/hello")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    return bare
