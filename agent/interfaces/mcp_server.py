"""aitoll as an MCP server on the official SDK: tools, resources, prompts and completions; stdio here, HTTP in mcp_http."""

from __future__ import annotations

import itertools
import logging
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from aitoll.agent.ask import answer
from aitoll.agent.caller import acting_as
from aitoll.agent.conversations import InMemory, conversation_of
from aitoll.agent.interfaces import mcp_prompts, mcp_resources
from aitoll.agent.interfaces.mcp_http import mcp_app
from aitoll.agent.interfaces.toolbox import Result, Tool, answered, asked, call_compare, failed, found, not_asked, safely, toolbox, unknown
from aitoll.agent.progress import listening
from aitoll.agent.texts import surface
from aitoll.settings import settings
from aitoll.tools.errors import AitollError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.context import ServerRequestContext

    from aitoll.agent.answer import Answer
    from aitoll.agent.conversations import Conversation
    from aitoll.agent.progress import Progress

    Context = ServerRequestContext[Any, Any]

logger = logging.getLogger(__name__)
T = TypeVar("T")
READ_ONLY = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
STRUCTURED = "2025-06-18"  # the first version whose clients read structured content
MULTI_ROUND = "2026-07-28"  # the first version in which a question back is a result, not a request
REPLY = "reply"
STABLE = CacheHint(ttl_ms=3_600_000, scope="public")


def server(*names: str) -> Server[Any]:
    """With these tools, for a host whose model chooses better among few; all where none is named. InvalidInput for one that is none."""
    import aitoll

    tools = {name: found(name) for name in names or toolbox()}
    words = surface("mcp", settings().language)
    return Server(
        "aitoll",
        title="aitoll",
        version=aitoll.__version__,
        instructions=words["instructions"],
        cache_hints={"tools/list": STABLE, "prompts/list": STABLE, "resources/list": STABLE, "resources/templates/list": STABLE},
        get_tool_input_schema=lambda name: tools[name].parameters if name in tools else None,  # else each call lists all tools
        on_list_tools=partial(_list_tools, tools),
        on_call_tool=partial(_call_tool, tools),
        on_list_resources=_list_resources,
        on_list_resource_templates=_list_templates,
        on_read_resource=_read_resource,
        on_list_prompts=_list_prompts,
        on_get_prompt=_get_prompt,
        on_completion=_complete,
    )


def run_stdio(*names: str) -> None:
    """Serve one client on standard input and output until it closes them."""
    anyio.run(_stdio, server(*names))


async def _stdio(served: Server[Any]) -> None:
    async with stdio_server() as (reading, writing):
        await served.run(reading, writing, served.create_initialization_options())


# Tools


async def _list_tools(tools: dict[str, Tool], _: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(
        tools=[
            types.Tool(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=tool.parameters,
                output_schema=tool.returns,
                annotations=READ_ONLY,
            )
            for tool in tools.values()
        ]
    )


async def _call_tool(
    tools: dict[str, Tool], context: Context, params: types.CallToolRequestParams
) -> types.CallToolResult | types.InputRequiredResult:
    arguments = params.arguments or {}
    if params.name not in tools:
        return types.CallToolResult(content=[_text(str(unknown(params.name, tuple(tools))))], is_error=True)
    try:
        return await _called(tools, context, params)
    except Exception as error:
        if not hasattr(error, "retry_after"):  # what a desk says that has no room or no time
            logger.exception("a tool failed")
        return _shown(context, failed(error, str(arguments.get("question")) if params.name == "ask" else None))


async def _called(
    tools: dict[str, Tool], context: Context, params: types.CallToolRequestParams
) -> types.CallToolResult | types.InputRequiredResult:
    arguments = params.arguments or {}
    if params.name == "ask":
        return await _ask(context, params)
    if params.name == "compare":
        call = partial(call_compare, progress=_reporting(context))
        return _shown(context, await _in_turn(context, partial(safely, call, arguments)))
    return _shown(context, await _in_turn(context, partial(tools[params.name].call, arguments)))


def _shown(context: Context, result: Result) -> types.CallToolResult:
    data = result.content.model_dump(mode="json")
    content = [_text(result.text)]
    if context.protocol_version < STRUCTURED:
        content.append(_text(result.content.model_dump_json()))
    return types.CallToolResult(content=content, structured_content=data, is_error=result.is_error)


async def _in_turn(context: Context, work: Callable[[], T]) -> T:
    """In a thread; inside `aitoll serve` at the one desk at which every surface waits. Busy where too many wait already."""
    desk = getattr(getattr(context.request.scope.get("app"), "state", None), "desk", None) if context.request is not None else None
    if desk is None:
        return await anyio.to_thread.run_sync(work)
    made: T = await desk.run(partial(copy_context().run, work))
    return made


def _text(text: str) -> types.TextContent:
    return types.TextContent(type="text", text=text)


def _reporting(context: Context) -> Callable[[float, float | None, str], None]:
    """From a thread that works to the client that waits; in order, so the result comes last."""
    token = anyio.lowlevel.current_token()

    def report(done: float, whole: float | None, said: str) -> None:
        anyio.from_thread.run(context.session.report_progress, done, whole, said, token=token)

    return report


# ask: the one tool with a memory, and with a question back


async def _ask(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult | types.InputRequiredResult:
    try:
        question, id = asked(params.arguments or {})
    except AitollError as error:
        return _shown(context, not_asked(error, params.arguments))
    memory = conversation_of(_own(context, id)) if id else InMemory()
    said = _replied((params.input_responses or {}).get(REPLY))
    made = await _turn(context, partial(_resumed if said else _answered, question, memory, said))
    if made.status == "clarify" and not params.input_responses and _can_be_asked(context):
        if context.protocol_version >= MULTI_ROUND:
            return types.InputRequiredResult(input_requests={REPLY: types.ElicitRequest(params=_form(made))})
        said = _replied(await context.session.elicit_form(made.text, _form(made).requested_schema, context.request_id))
        made = await _turn(context, partial(_answered, said, memory, "")) if said else made
    return _shown(context, answered(made.model_copy(update={"conversation": id})))


async def _turn(context: Context, work: Callable[[], Answer]) -> Answer:
    """In a thread, for the caller whose budget it is, with what is being done told to the client."""
    report, count = _reporting(context), itertools.count(1)

    def tell(progress: Progress) -> None:
        report(next(count), None, progress.detail or progress.stage)

    with acting_as(_caller(context)), listening(tell):
        await context.session.report_progress(0, None, "reading")
        return await _in_turn(context, work)


def _answered(question: str, memory: Conversation, _: str) -> Answer:
    return answer(question, memory)


def _resumed(question: str, memory: Conversation, said: str) -> Answer:
    """The round after a question back: what has no id is forgotten between rounds, and asked again."""
    if memory.id is None:
        answer(question, memory)
    return answer(said, memory)


def _can_be_asked(context: Context) -> bool:
    able = context.session.client_capabilities
    return bool(able and able.elicitation) and (context.protocol_version >= MULTI_ROUND or context.session.can_send_request)


def _form(made: Answer) -> types.ElicitRequestFormParams:
    field = {"type": "string", "title": surface("mcp", made.language)["reply"], "maxLength": 1000}
    return types.ElicitRequestFormParams(
        message=made.text, requested_schema={"type": "object", "properties": {REPLY: field}, "required": [REPLY]}
    )


def _replied(result: object) -> str:
    """What the user wrote; nothing where they declined."""
    if not isinstance(result, types.ElicitResult) or result.action != "accept":
        return ""
    said = (result.content or {}).get(REPLY)
    return said[:1000].strip() if isinstance(said, str) else ""


def _own(context: Context, id: str) -> str:
    """On stdio the user's own id; over HTTP that of the caller, as every surface of the server keeps it."""
    return id if context.request is None else f"{_caller(context)}/{id}"


def _caller(context: Context) -> str:
    """Who asks: on stdio whoever started the process, over HTTP whom the keys know."""
    known = context.request.scope.get("state", {}).get("principal") if context.request is not None else None
    return str(known or "local")


# Resources, prompts, completions


async def _list_resources(_: Context, __: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
    return types.ListResourcesResult(resources=mcp_resources.listed())


async def _list_templates(_: Context, __: types.PaginatedRequestParams | None) -> types.ListResourceTemplatesResult:
    return types.ListResourceTemplatesResult(resource_templates=mcp_resources.templates())


async def _read_resource(_: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    uri = str(params.uri)
    try:
        found = mcp_resources.read(uri)
    except AitollError as error:
        raise MCPError(code=types.INVALID_PARAMS, message=str(error), data={"uri": uri[:200]}) from None
    return types.ReadResourceResult(contents=[types.TextResourceContents(uri=uri, text=found.text, mime_type=found.mime_type)])


async def _list_prompts(_: Context, __: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
    return types.ListPromptsResult(prompts=mcp_prompts.listed())


async def _get_prompt(_: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
    try:
        return mcp_prompts.get(params.name, params.arguments or {})
    except AitollError as error:
        raise MCPError(code=types.INVALID_PARAMS, message=str(error)) from None


async def _complete(_: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
    chosen = params.context.arguments if params.context else None
    return types.CompleteResult(completion=mcp_resources.completions(params.argument.name, params.argument.value, chosen))


__all__ = ["mcp_app", "run_stdio", "server"]
