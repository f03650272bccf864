"""The stand-in's files: files.getUploadURLExternal, the address that it gives, files.completeUploadExternal."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

UPLOADS = {
    "files.getUploadURLExternal": "filename length",
    "files.completeUploadExternal": "files channel_id initial_comment thread_ts",
}


class Files:
    messages: list[dict[str, Any]]
    port: int

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, dict[str, Any]] = {}

    def _files_getUploadURLExternal(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 (Slack's name)
        id = f"F{len(self.files) + 1}"
        self.files[id] = {"name": said["filename"], "length": int(said["length"])}
        return {"file_id": id, "upload_url": f"http://127.0.0.1:{self.port}/upload/{id}"}

    async def _upload(self, request: web.Request) -> web.Response:
        file, content = self.files[request.match_info["id"]], await request.read()
        if len(content) != file["length"]:
            return web.Response(status=400, text="length")
        file["content"] = content.decode()
        return web.Response(text="OK")

    def _files_completeUploadExternal(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        (one,) = json.loads(said["files"])
        if "content" not in self.files.get(one["id"], {}):
            return {"error": "file_not_found"}
        ts = f"{2_500_000_000 + len(self.messages)}.000000"
        file = {"id": one["id"], "title": one["title"], "name": self.files[one["id"]]["name"]}
        place = {"channel": said["channel_id"], "thread_ts": said.get("thread_ts")}
        self.messages.append({**place, "ts": ts, "text": said.get("initial_comment", ""), "files": [file]})
        return {"files": [{"id": one["id"], "title": one["title"]}]}
