"""The way to the endpoint: one event loop in a thread of its own, one HTTP client on it, one chat model for each set of settings."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

import httpx2
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from aitoll.agent.llm.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

OPENAI = "https://api.openai.com/v1"
CONNECT_S = 5.0
GRACE_S = 0.5  # for a cancelled conversation to let go
MOST_BYTES = 2_000_000  # of one response
MOST_WRITTEN = 1500  # tokens of one reply
CONNECTIONS = 200
PASSED = ("tools", "messages", "input", "store", "max_output_tokens")
T = TypeVar("T")


@dataclass(frozen=True)
class Endpoint:
    """Where the model is, and in which of the two shapes it is spoken to."""

    model: str
    base_url: str
    key: SecretStr
    shape: Literal["chat", "responses"]

    @property
    def reads_new_names(self) -> bool:
        """OpenAI and Azure refuse `max_tokens` for their newer models; most others know nothing else."""
        host = urlsplit(self.base_url).hostname or ""
        return host.endswith((".openai.com", ".azure.com"))


def endpoint() -> Endpoint:
    """From the settings. OpenAI's own address is spoken to in its Responses API, every other in chat completions."""
    from aitoll.settings import settings

    found = settings()
    base_url = (found.openai_base_url or OPENAI).rstrip("/")
    shape = found.model_api
    if shape == "auto":
        shape = "responses" if urlsplit(base_url).hostname == urlsplit(OPENAI).hostname else "chat"
    return Endpoint(str(found.model), base_url, found.openai_api_key or SecretStr("none"), shape)


class Line:
    """A thread with an event loop on which every conversation with a model runs, so that a client never meets a second loop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.client = httpx2.AsyncClient(
            follow_redirects=False,  # a key goes where the settings say, and nowhere else
            headers={"Accept-Encoding": "identity"},
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=20),
            event_hooks={"response": [_bounded]},
        )
        self.models: dict[tuple[Endpoint, bool], ChatOpenAI] = {}
        threading.Thread(target=self.loop.run_forever, name="aitoll-model", daemon=True).start()

    def run(self, talk: Coroutine[Any, Any, T], seconds: float) -> T:
        """What the conversation gives, within this time by the clock on the wall; Fault afterwards."""
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(talk, seconds), self.loop)
        try:
            return future.result(seconds + GRACE_S)
        except TimeoutError:
            if not future.done():  # the loop itself hangs: the next question gets another
                future.cancel()
                _lines.cache_clear()
            raise Fault("slow", f"after {seconds:g} s") from None
        except BaseException:
            future.cancel()
            raise

    def model(self, at: Endpoint, streaming: bool) -> ChatOpenAI:
        if (at, streaming) not in self.models:
            self.models[at, streaming] = _model(at, streaming, self.client)
        return self.models[at, streaming]


def line() -> Line:
    return _lines(os.getpid())


@cache
def _lines(process: int) -> Line:  # noqa: ARG001 (a fork has no threads of its parent)
    return Line()


class _Model(ChatOpenAI):
    """Passes the request on as it stands: the client would walk each part of it through its types, for 5 to 8 ms a call."""

    def _get_request_payload(self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        payload = super()._get_request_payload(input_, stop=stop, **kwargs)
        passed = {name: payload.pop(name) for name in PASSED if name in payload}
        empty: dict[str, Any] = {"messages": []} if "messages" in passed else {}  # the client asks for them
        return {**payload, **empty, "extra_body": {**(payload.get("extra_body") or {}), **passed}}


def _model(at: Endpoint, streaming: bool, client: httpx2.AsyncClient) -> ChatOpenAI:
    own: dict[str, Any] = {}
    if at.shape == "responses":
        own = {"store": False, "max_tokens": MOST_WRITTEN}
    elif at.reads_new_names:
        own = {"max_tokens": MOST_WRITTEN}
    else:
        own = {"extra_body": {"max_tokens": MOST_WRITTEN}}
    return _Model(
        model=at.model,
        base_url=at.base_url,
        api_key=at.key,
        use_responses_api=at.shape == "responses",
        streaming=streaming,
        stream_usage=True,
        timeout=httpx2.Timeout(None, connect=CONNECT_S),  # the whole conversation has a bound of its own
        max_retries=0,  # retries are counted where the time left is known
        http_async_client=client,
        **own,
    )


async def _bounded(response: httpx2.Response) -> None:
    """An endless or a packed reply is cut before it fills the memory."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Fault("off_format", "packed reply")
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    if response.is_success and kind not in ("application/json", "text/event-stream"):
        raise Fault("off_format", "neither JSON nor a stream of events")
    response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for part in self._stream:
            read += len(part)
            if read > MOST_BYTES:
                raise Fault("off_format", f"more than {MOST_BYTES} bytes")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
