"""`aitoll slack`: the manifest, the workers of HTTP mode, or the app in socket mode."""

from __future__ import annotations

import logging

import typer


def run(show_manifest: bool, url: str | None, worker: bool) -> int:
    if show_manifest:
        from aitoll.agent.interfaces.slack_manifest import manifest_text

        typer.echo(manifest_text(url))
        return 0
    try:
        import slack_bolt  # noqa: F401
    except ImportError:
        typer.echo("aitoll: Slack needs its extra: pip install 'aitoll[slack]'", err=True)
        return 1
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if worker:
        from aitoll.agent.interfaces.slack_work import worker_process

        return worker_process()
    from aitoll.agent.interfaces.slack_app import socket_mode

    return socket_mode()
