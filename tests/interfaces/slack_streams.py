"""The stand-in's messages that grow: chat.startStream, appendStream, stopStream and update, with the fields that the reference asks for."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.messages.chunk import Chunk, TaskUpdateChunk


class Streams:
    messages: list[dict[str, Any]]
    refused: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.streams: dict[str, dict[str, Any]] = {}

    def _chat_startStream(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 (Slack's name)
        if missing := [name for name in ("thread_ts", "recipient_user_id", "recipient_team_id") if not said.get(name)]:
            self.refused.append(f"chat.startStream: no {missing}")
            return {"error": "missing_recipient_user_id" if "thread_ts" in said else "invalid_arguments"}
        ts = f"{3_000_000_000 + len(self.streams)}.000000"
        self.streams[ts] = {**said, "ts": ts, "growing": True, "tasks": {}}
        return self._grown(ts, said)

    def _chat_appendStream(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._grown(said["ts"], said) if self._grows(said) else {"error": "message_not_in_streaming_state"}

    def _chat_stopStream(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if not self._grows(said):
            return {"error": "message_not_in_streaming_state"}
        # stopStream takes no text of its own: the notification is made of the blocks, and links are never unfurled in it
        if said.get("blocks") and self._faults_of({**said, "text": "x", "unfurl_links": False, "unfurl_media": False}, "chat.stopStream"):
            return {"error": "invalid_blocks"}
        found = self.streams[said["ts"]]
        found["growing"] = False
        self.messages.append({**found, **said, "text": ""})
        return {"ts": said["ts"], "channel": said["channel"]}

    def _chat_update(self, said: dict[str, Any]) -> dict[str, Any]:
        if said["ts"] not in self.streams:
            return {"error": "message_not_found"}
        self.messages[:] = [message for message in self.messages if message["ts"] != said["ts"]]
        self.messages.append({**self.streams[said["ts"]], **said})
        return {"ts": said["ts"], "channel": said["channel"]}

    def _grows(self, said: dict[str, Any]) -> bool:
        return bool(self.streams.get(said["ts"], {}).get("growing"))

    def _grown(self, ts: str, said: dict[str, Any]) -> dict[str, Any]:
        for chunk in said.get("chunks", []):
            parsed = Chunk.parse(chunk)
            if not isinstance(parsed, TaskUpdateChunk) or chunk["status"] not in ("pending", "in_progress", "complete", "error"):
                self.refused.append(f"chunk: {chunk}")
                return {"error": "invalid_chunks"}
            self.streams[ts]["tasks"][chunk["id"]] = (chunk["title"], chunk["status"])
        return {"ts": ts, "channel": said["channel"]}

    def _faults_of(self, said: dict[str, Any], where: str) -> list[str]:
        raise NotImplementedError
