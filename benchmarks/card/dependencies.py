"""The pinned dependencies beside a copy of Python's advisory database, which needs no network: `make scorecard-long PART=dependencies`.

AITOLL_ADVISORIES is a clone of github.com/pypa/advisory-database. An old copy knows no new advisory: its date stands with the
figure, and with a network `uv tool run pip-audit --disable-pip --require-hashes -r requirements.lock` asks for today's.
"""

from __future__ import annotations

import os
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from benchmarks.card.figures import Measured, none_of
from benchmarks.card.results import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PINS = ROOT / "constraints.txt"


def measure(short: bool) -> list[Measured]:
    if short:
        return []
    known, date = advisories(os.environ["AITOLL_ADVISORIES"])
    found = [(f"{name} {version}: {id}", is_affected) for name, version in pins() for id, is_affected in told(known, name, version)]
    how = f"each pin beside each advisory on its package, in the database of {date}; without a network there is no newer one"
    return [none_of("pins that an advisory names", found, how)]


def pins() -> list[tuple[str, str]]:
    lines = [line.partition("#")[0].strip() for line in PINS.read_text("utf-8").splitlines()]
    return [(canonicalize_name(name), version) for name, sign, version in (line.partition("==") for line in lines) if sign]


def advisories(folder: str) -> tuple[dict[str, list[Any]], str]:
    """By package, of the newest commit of a clone, with or without a work tree; and the date of that commit."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout

    wanted = {name for name, _ in pins()}
    known: dict[str, list[Any]] = {}
    for path in git("ls-tree", "-r", "--name-only", "HEAD", "vulns").splitlines():
        package = canonicalize_name(path.split("/")[1])
        if package in wanted:
            known.setdefault(package, []).append(yaml.load(git("show", f"HEAD:{path}"), yaml.CSafeLoader))
    return known, git("log", "-1", "--format=%cs").strip()


def told(known: dict[str, list[Any]], name: str, version: str) -> Iterator[tuple[str, bool]]:
    """Each advisory that was not withdrawn, and whether it names this version."""
    for advisory in known.get(name, []):
        if "withdrawn" not in advisory:
            yield advisory["id"], any(names(affected, Version(version)) for affected in advisory["affected"])


def names(affected: dict[str, Any], version: Version) -> bool:
    listed = any(_version(other) == version for other in affected.get("versions", ()))
    return listed or any(
        _within(found["events"], version) for found in affected.get("ranges", ()) if found["type"] in ("ECOSYSTEM", "SEMVER")
    )


def _within(events: list[dict[str, str]], version: Version) -> bool:
    """Events are in order: introduced, then fixed or last_affected, or nothing where it is not mended yet."""
    for first, second in pairwise([*events, {}]):
        if "introduced" not in first or version < (_version(first["introduced"]) or version):
            continue
        fixed, last = _version(second.get("fixed")), _version(second.get("last_affected"))
        if (fixed is None or version < fixed) and (last is None or version <= last):
            return True
    return False


def _version(written: str | None) -> Version | None:
    try:
        return Version(written) if written else None
    except InvalidVersion:
        return None
