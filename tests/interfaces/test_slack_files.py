"""An answer too long for a thread: the beginning with its buttons, the whole as a file, or every message where files are refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aitoll.agent.interfaces.slack_blocks import messages
from aitoll.agent.interfaces.slack_files import attached, without_files
from aitoll.agent.interfaces.slack_limits import problems
from tests.interfaces.slack_service import BOT, event
from tests.interfaces.slack_stage import Stage, on_stage
from tests.interfaces.test_slack_blocks import long_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aitoll.agent.answer import Answer

ROWS = 400


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    def long(question: str, *said: Any) -> Answer:
        return long_answer(60, ROWS).model_copy(update={"id": said[-1], "question": question})

    monkeypatch.setattr("aitoll.agent.interfaces.slack_answers.answer", long)
    with on_stage(monkeypatch, tmp_path) as found:
        yield found


def ask(stage: Stage) -> list[dict[str, Any]]:
    stage.send(event(f"<@{BOT}> Everything?", "1.000001"))
    assert stage.finished(1, 30) == {"done": 1}
    assert stage.service.refused == []
    return stage.service.messages


def rows_in(text: str) -> list[int]:
    return [number for number in range(ROWS) if f"Row {number}:" in text]


def test_the_whole_is_one_file_in_the_thread(stage: Stage) -> None:
    first, second = ask(stage)
    (file,) = stage.service.files.values()
    assert rows_in(first["text"])[0] == rows_in(json.dumps(first["blocks"]))[0] == 0
    assert "feedback_buttons" in json.dumps(first["blocks"])
    assert (second["thread_ts"], second["files"][0]["name"]) == ("1.000001", file["name"])
    assert "is attached" in second["text"]
    assert rows_in(file["content"]) == list(range(ROWS))
    assert "60. Title 60 " in file["content"]
    assert "https://example.org/60" in file["content"]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("error", ["missing_scope", "file_uploads_disabled"])
def test_where_files_are_refused_every_message_is_posted(stage: Stage, method: str, error: str) -> None:
    stage.service.faults[method] = [error]
    posted = ask(stage)
    assert len(posted) > 3
    assert rows_in("".join(json.dumps(one["blocks"]) for one in posted)) == list(range(ROWS))


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("fault", ["cut", 500, 429])
def test_a_broken_line_gives_one_file(stage: Stage, method: str, fault: Any) -> None:
    stage.service.faults[method] = [fault]
    assert [len(one.get("files", [])) for one in ask(stage)] == [0, 1]


def test_a_channel_that_is_closed_to_us_has_it_sent_to_the_asker_as_messages(stage: Stage) -> None:
    stage.service.faults["chat.postMessage"] = ["not_in_channel"]
    stage.send(event(f"<@{BOT}> Everything?", "1.000001"))
    assert stage.finished(1, 30) == {"failed": 1}
    assert {one["channel"] for one in stage.service.messages} == {"U1"}
    assert len(stage.service.messages) > 3


def test_every_form_of_it_keeps_the_limits() -> None:
    made = long_answer(60, ROWS)
    whole = messages(made)
    found = attached(made, whole)
    assert [problem for one in found for problem in problems(one)] == []
    assert without_files(found)[1:] == whole[1:]


def test_an_answer_of_a_few_messages_needs_no_file() -> None:
    made = long_answer(1, 5)
    assert attached(made, messages(made)) == messages(made)
