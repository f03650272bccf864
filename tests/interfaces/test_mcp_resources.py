"""What the MCP server lets a host read and fill in: sources, tables, assumptions, prompts in both languages, completions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from aitoll.agent.interfaces.mcp_resources import TABLES
from aitoll.agent.texts import surface
from aitoll.tools.facts import rows
from tests.interfaces.mcp_serving import NEW, eras, speak

if TYPE_CHECKING:
    from mcp.client import Client

# Resources


@eras
def test_every_resource_can_be_read(era: str) -> None:
    async def work(client: Client) -> dict[str, str]:
        listed = (await client.list_resources()).resources
        return {one.uri: (await client.read_resource(one.uri)).contents[0].text for one in listed}  # type: ignore[union-attr]

    read = speak(era, work)
    assert set(read) == {"aitoll://sources", "aitoll://assumptions", *(f"aitoll://tables/{table}" for table in TABLES)}
    assert [one["id"] for one in json.loads(read["aitoll://sources"])] == list(rows("sources"))
    assert all(one["note"] for one in json.loads(read["aitoll://assumptions"]))
    assert read["aitoll://tables/grids"].startswith("id,name,name_fr,")


def test_one_source_and_one_row_are_read_by_their_ids() -> None:
    async def work(client: Client) -> list[dict[str, Any]]:
        assert [one.uri_template for one in (await client.list_resource_templates()).resource_templates] == [
            "aitoll://sources/{id}",
            "aitoll://tables/{table}/{id}",
        ]
        uris = ("aitoll://sources/patterson-2021", "aitoll://tables/accelerators/h100-sxm")
        return [json.loads((await client.read_resource(uri)).contents[0].text) for uri in uris]  # type: ignore[union-attr]

    source, row = speak(NEW, work)
    assert (source["title"], row["id"]) == (rows("sources")["patterson-2021"]["title"], "h100-sxm")


NOWHERE = (
    "aitoll://sources/patterson",
    "aitoll://sources/../../settings",
    "aitoll://sources/%2e%2e%2fsettings",
    "aitoll://tables/sources",
    "aitoll://tables/models/../../x",
    "aitoll://tables/..%2f..%2fpyproject",
    "file:///etc/passwd",
    "aitoll://",
    "aitoll://sources/" + "x" * 5000,
)


@pytest.mark.parametrize("uri", NOWHERE, ids=[uri[:40] for uri in NOWHERE])
def test_an_address_that_leads_nowhere_is_refused(uri: str) -> None:
    with pytest.raises(MCPError, match="no row named"):
        speak(NEW, lambda client: client.read_resource(uri))


# Prompts and completions


@eras
def test_prompts_are_offered_in_both_languages(era: str) -> None:
    listed = speak(era, lambda client: client.list_prompts()).prompts
    named = [[words["name"] for words in surface("mcp", language)["prompts"].values()] for language in ("en", "fr")]
    assert [prompt.name for prompt in listed] == named[0] + named[1]
    assert not set(named[0]) & set(named[1])


@pytest.mark.parametrize(
    ("name", "said"),
    [("training-footprint", "What did it cost to train GPT-4"), ("bilan-entrainement", "Qu'a coûté l'entraînement de GPT-4")],
)
def test_a_prompt_is_filled(name: str, said: str) -> None:
    message = speak(NEW, lambda client: client.get_prompt(name, {"model": "GPT-4"})).messages[0]
    assert said in message.content.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "arguments", "told"), [("training-footprnt", {}, "did you mean training-footprint"), ("training-footprint", {}, "model")]
)
def test_a_prompt_that_cannot_be_is_told(name: str, arguments: dict[str, str], told: str) -> None:
    with pytest.raises(MCPError, match=told):
        speak(NEW, lambda client: client.get_prompt(name, arguments))


TEMPLATE = types.ResourceTemplateReference(uri="aitoll://tables/{table}/{id}")


@pytest.mark.parametrize(
    ("ref", "argument", "typed", "chosen", "first"),
    [
        (types.PromptReference(name="training-footprint"), "model", "llama-3-1-4", None, ["llama-3-1-405b"]),
        (types.PromptReference(name="training-footprint"), "model", "405B", None, ["llama-3-1-405b"]),
        (types.PromptReference(name="check-claim"), "claim", "GPT", None, []),
        (TEMPLATE, "table", "mod", None, ["models"]),
        (TEMPLATE, "id", "h100-s", {"table": "accelerators"}, ["h100-sxm"]),
        (TEMPLATE, "id", "x", {"table": "../settings"}, []),
        (types.ResourceTemplateReference(uri="aitoll://sources/{id}"), "id", "patt", None, ["patterson-2021"]),
    ],
)
def test_names_are_completed(ref: Any, argument: str, typed: str, chosen: dict[str, str] | None, first: list[str]) -> None:
    found = speak(NEW, lambda client: client.complete(ref, {"name": argument, "value": typed}, chosen)).completion
    assert found.values[:1] == first


def test_completions_are_bounded() -> None:
    found = speak(NEW, lambda client: client.complete(TEMPLATE, {"name": "id", "value": ""}, {"table": "grids"})).completion
    assert (len(found.values), found.total, found.has_more) == (100, len(rows("grids")), True)
