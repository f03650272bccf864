"""The OpenAPI document, held against the server: a short run; `benchmarks/schema.py` does the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.interfaces.web_server import Served

ROOT = Path(__file__).parent.parent.parent


def test_no_server_error_and_no_status_that_is_not_documented(served: Served, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks/schema.py"), served.url, "--examples", "5", "--phases", "examples,fuzzing"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=200, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_every_operation_documents_its_errors(served: Served) -> None:
    with served.client() as client:
        found = client.get("/openapi.json").json()
    operations = [operation for path in found["paths"].values() for operation in path.values()]
    assert all({"401", "422", "429", "500"} <= set(operation["responses"]) for operation in operations)
    assert {"/api/v1/ask", "/api/v1/ask/stream", "/api/v1/calculate/training_cost", "/v1/chat/completions", "/healthz"} <= set(
        found["paths"]
    )
