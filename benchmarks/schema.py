"""schemathesis over /openapi.json of a running server: python benchmarks/schema.py URL [--examples 100]."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--examples", type=int, default=100, help="most cases of an operation in each phase")
    parser.add_argument("--phases", default="examples,coverage,fuzzing")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{given.url}/openapi.json",
        f"--url={given.url}",
        f"--checks={CHECKS}",
        f"--phases={given.phases}",
        f"--max-examples={given.examples}",
        f"--seed={given.seed}",
        "--request-timeout=30",
        "--no-color",
    ]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    print(done.stdout)
    print(done.stderr, file=sys.stderr)
    cases = re.search(r"([\d,]+) generated", done.stdout)
    print(f"cases: {cases[1] if cases else 'unknown'}")
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
