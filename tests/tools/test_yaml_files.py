"""Files read from a copy: the copy is of the text that is there, holds the same, and another text is read itself."""

from importlib.resources import files
from pathlib import Path

import pytest

from aitoll.tools import yaml_files
from aitoll.tools.patterns import deferred
from aitoll.tools.yaml_files import COPIED, copy_of, parse, read


@pytest.mark.parametrize("name", COPIED)
def test_the_copy_is_of_this_text(name: str) -> None:
    there = files("aitoll").joinpath(*f"{name}.json".split("/")).read_text("utf-8")
    assert there == copy_of(name), "run: python -m aitoll.tools.yaml_files"
    assert read(name) == parse(files("aitoll").joinpath(*f"{name}.yaml".split("/")).read_text("utf-8"))


def test_a_text_that_was_changed_is_read_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_files, "_file", lambda path: tmp_path / path)
    (tmp_path / "words.yaml").write_text("colour: [red]\n", "utf-8")
    assert read("words") == {"colour": ["red"]}
    (tmp_path / "words.json").write_text(copy_of("words"), "utf-8")
    (tmp_path / "words.yaml").write_text("colour: [blue]\n", "utf-8")
    assert read("words") == {"colour": ["blue"]}


def test_a_deferred_pattern_does_what_a_compiled_one_does() -> None:
    pattern = deferred(r"(\d+) gpus?")
    assert pattern.search("rent 12 GPUs") is None
    assert [match[1] for match in pattern.finditer("12 gpus or 3 gpu")] == ["12", "3"]
    assert pattern.sub("some", "12 gpus") == "some"
    assert pattern.pattern == r"(\d+) gpus?"
