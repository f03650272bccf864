"""The house itself: what is packed is what git tracks, every need is pinned, and the code stays small."""

from __future__ import annotations

import ast
import json
import re
import shutil
import tarfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.release import build

if TYPE_CHECKING:
    from tests.conftest import Python

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PLACES = {"agent": "aitoll/agent", "aitoll": "aitoll", "knowledge": "aitoll/knowledge", "tools": "aitoll/tools"}
EPOCH = 1_700_000_000
ELSEWHERE = {"colorama", "httpx2-jsfetch", "pywin32"}  # of Windows and the browser, so that no pin of ours is theirs
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
QUESTIONS = ("How much do 30,000 GPUs at 30 to 40 thousand dollars each cost?", "Pourquoi l'entraînement coûte-t-il si cher ?")


@pytest.fixture(scope="module")
def packed(tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel built from it, of the tracked files alone."""
    clone, out = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("dist")
    for name in tracked:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, clone / name, follow_symlinks=False)
    build(clone, out, EPOCH)
    return out


@pytest.fixture(scope="module")
def wheel(packed: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(packed.glob("*.whl")))


def test_the_wheel_holds_what_git_tracks(wheel: zipfile.ZipFile, tracked: list[str]) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == {packed_name(name) for name in tracked if name.partition("/")[0] in PLACES and not (ROOT / name).is_symlink()}


def packed_name(name: str) -> str:
    room, _, rest = name.partition("/")
    return f"{PLACES[room]}/{rest}"


def test_the_wheel_carries_licence_and_notice(wheel: zipfile.ZipFile) -> None:
    assert {Path(name).name for name in wheel.namelist() if "/licenses/" in name} == {"LICENSE", "NOTICE"}


def test_the_sdist_holds_each_room_once(packed: Path) -> None:
    with tarfile.open(next(packed.glob("*.tar.gz"))) as sdist:
        assert not [name for name in sdist.getnames() if re.search(r"/aitoll/(agent|knowledge|tools)\b", name)]


def test_a_build_holds_no_time_and_no_owner_of_its_own(packed: Path, wheel: zipfile.ZipFile) -> None:
    """So that two builds of one commit are the same byte for byte, which `make release` tries."""
    with tarfile.open(next(packed.glob("*.tar.gz"))) as sdist:
        assert {(entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) for entry in sdist} == {(EPOCH, 0, 0, "", "")}
        assert sdist.getnames() == sorted(sdist.getnames())
    assert {entry.date_time for entry in wheel.infolist()} == {time.gmtime(EPOCH)[:6]}


def test_the_wheel_elsewhere_answers_the_same(wheel: zipfile.ZipFile, python: Python, tmp_path: Path) -> None:
    site = tmp_path / "site"
    wheel.extractall(site)
    script = f"""
import json, aitoll
answers = [aitoll.ask(question).model_dump(mode="json") for question in {QUESTIONS}]
kept = [[answer[key] for key in ("status", "text", "figures", "citations", "warnings")] for answer in answers]
print(json.dumps([aitoll.__file__, kept]))
"""
    there, here = (python("-c", script, cwd=tmp_path, path=path) for path in (site, ROOT))
    assert there.returncode == here.returncode == 0, there.stderr + here.stderr
    (place, answers), (_, expected) = json.loads(there.stdout), json.loads(here.stdout)
    assert (Path(place).is_relative_to(site), answers) == (True, expected)


def test_the_wheel_knows_its_version(wheel: zipfile.ZipFile, python: Python, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    done = python("-c", "import aitoll; print(aitoll.__version__)", cwd=tmp_path, path=tmp_path / "site")
    assert done.stdout.strip() == PROJECT["project"]["version"], done.stderr


def test_every_folder_with_code_is_a_listed_package(tracked: list[str]) -> None:
    folders = {str(Path(packed_name(name)).parent) for name in tracked if name.endswith(".py") and name.partition("/")[0] in PLACES}
    assert {folder.replace("/", ".") for folder in folders} == set(PROJECT["tool"]["setuptools"]["packages"])


def test_every_need_is_pinned_within_its_bounds() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    needs = [Requirement(line) for lines in [PROJECT["project"]["dependencies"], *extras.values()] for line in lines]
    pins = pinned("constraints.txt")
    unmet = [need for need in needs if need.name != "aitoll" and pins.get(canonicalize_name(need.name), "") not in need.specifier]
    assert not unmet


def pinned(name: str) -> dict[str, str]:
    """The version of each package of a file of pins."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    found = (re.match(r"([\w.-]+)==([\w.!+-]+)", line) for line in lines)
    return {pin[1]: pin[2] for pin in found if pin}


def test_the_lock_of_a_release_holds_the_pins_and_their_hashes() -> None:
    locked, pins, extras = pinned("requirements.lock"), pinned("constraints.txt"), PROJECT["project"]["optional-dependencies"]
    assert {name: version for name, version in locked.items() if pins.get(name) != version and name not in ELSEWHERE} == {}
    users = [lines for extra, lines in extras.items() if extra not in ("all", "dev")]
    needs = [Requirement(line) for lines in [PROJECT["project"]["dependencies"], *users] for line in lines]
    assert [need.name for need in needs if canonicalize_name(need.name) not in locked] == []
    entries = re.split(r"\n(?=[\w.-]+==)", (ROOT / "requirements.lock").read_text("utf-8"))[1:]
    assert [entry.partition(" ")[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_the_extra_all_is_every_extra_of_a_user() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    assert Requirement(extras["all"][0]).extras == set(extras) - {"all", "dev"}


def test_no_file_is_long(tracked: list[str]) -> None:
    lengths = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in tracked if name.endswith(".py")}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_long(tracked: list[str]) -> None:
    lengths = {place: length for name in tracked if name.endswith(".py") for place, length in functions(name).items()}
    assert {place: length for place, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def functions(name: str) -> dict[str, int]:
    """Length of each function of a file, by `file:name`."""
    nodes = ast.walk(ast.parse((ROOT / name).read_text("utf-8")))
    found = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {f"{name}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1 for node in found}


def test_no_files_load_one_another(tracked: list[str]) -> None:
    """What is imported when a file is loaded, followed until nothing new comes, never leads back to it."""
    rooms = [name for name in tracked if name.endswith(".py") and name.split("/")[0] in ("agent", "knowledge", "tools")]
    names = {"aitoll." + name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): name for name in rooms}
    loads = {module: loaded(name, names) for module, name in names.items()}
    assert {module for module in loads if module in reached(module, loads)} == set()


def loaded(name: str, names: dict[str, str]) -> set[str]:
    """Modules of ours that this file imports at its top level; what only a type checker reads is under an `if`."""
    top = [node for node in ast.parse((ROOT / name).read_text("utf-8")).body if isinstance(node, ast.ImportFrom)]
    either = {choice for node in top for alias in node.names for choice in (f"{node.module}.{alias.name}", str(node.module))}
    return either & names.keys()


def reached(module: str, loads: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    rest = [*loads[module]]
    while rest:
        one = rest.pop()
        if one not in found:
            found.add(one)
            rest += loads[one]
    return found
