"""The release: a wheel and an sdist that come out the same, byte for byte, wherever and whenever this commit is built: `make release`.

python -m benchmarks.release            builds the commit twice, from two clean copies, compares, checks, and leaves dist/
python -m benchmarks.release --install  installs the wheel of dist/ afresh for each extra on each Python that is found, and asks it

The time in both is the commit's. The wheel takes it from SOURCE_DATE_EPOCH; an sdist of setuptools does not, and is packed anew here.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from email.parser import HeaderParser
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
TWINE = "twine==7.0.0"


def said(*command: str, cwd: Path = ROOT, **environment: str) -> str:
    """What a command prints; SystemExit with all of it where it fails."""
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def commit_time(commit: str = "HEAD") -> int:
    return int(said("git", "log", "-1", "--format=%ct", commit))


def build(source: Path, out: Path, epoch: int) -> list[Path]:
    """The sdist of a folder, packed anew, and the wheel of that sdist, both of this time."""
    with tempfile.TemporaryDirectory() as folder:
        here = ("-m", "build", "--no-isolation", "--outdir", folder)
        said(sys.executable, *here, "--sdist", str(source), cwd=out, SOURCE_DATE_EPOCH=str(epoch))
        made = next(Path(folder).glob("*.tar.gz"))
        sdist = out / made.name
        repacked(made, sdist, epoch)
        with tarfile.open(sdist) as packed:
            packed.extractall(folder, filter="data")
        unpacked = Path(folder, sdist.name.removesuffix(".tar.gz"))
        said(sys.executable, *here, "--wheel", str(unpacked), cwd=out, SOURCE_DATE_EPOCH=str(epoch))
        wheel = next(Path(folder).glob("*.whl"))
        return [sdist, Path(shutil.copy(wheel, out))]


def repacked(made: Path, into: Path, epoch: int) -> None:
    """The same files in the order of their names, of nobody, of one time."""
    with (
        tarfile.open(made) as old,
        into.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, epoch) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for entry in sorted(old.getmembers(), key=lambda member: member.name):
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime, entry.pax_headers = epoch, {}
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            new.addfile(entry, old.extractfile(entry) if entry.isfile() else None)


def clean_copy(folder: Path, commit: str = "HEAD") -> Path:
    """What git holds of a commit, and nothing that lies about."""
    archive = subprocess.run(["git", "archive", "--format=tar", commit], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="tar")
    return folder


def digests(files: list[Path]) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def twice(commit: str = "HEAD") -> list[Path]:
    """Built from two clean copies, at two times; the first is left in dist/, SystemExit where the second is another."""
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other, tempfile.TemporaryDirectory() as out:
        first = build(clean_copy(Path(one), commit), DIST, commit_time(commit))
        time.sleep(2.1)  # archives count time in steps of two seconds
        second = build(clean_copy(Path(other), commit), Path(out), commit_time(commit))
        if digests(first) != digests(second):
            raise SystemExit(f"two builds of one commit differ:\n{digests(first)}\n{digests(second)}")
    print("built twice, the same:", *(f"{digest}  {name}" for name, digest in digests(first).items()), sep="\n")
    return first


def checked(files: list[Path]) -> None:
    """Their metadata and README, as the package index reads them."""
    print(said(shutil.which("uv") or "uv", "tool", "run", TWINE, "check", "--strict", *map(str, files)))
    wheel = zipfile.ZipFile(next(file for file in files if file.suffix == ".whl"))
    metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    about = HeaderParser().parsestr(wheel.read(metadata).decode())
    print(f"{about['Name']} {about['Version']}, {len(wheel.namelist())} files in the wheel, {about['Requires-Python']}")


def main() -> None:
    if "--install" in sys.argv:
        from benchmarks.release_installs import installs

        installs(next(DIST.glob("*.whl")))
    else:
        checked(twice())


if __name__ == "__main__":
    main()
