"""Servers as processes of system users on one machine. The hub runs as root, which alone may become others."""

import os
import stat
import sys
from pathlib import Path

from hub.settings import InvalidSetting, Settings


def configure_local_servers(c, settings: Settings) -> None:
    for folder in Path(sys.executable).resolve().parents:
        if not folder.stat().st_mode & stat.S_IXOTH:
            raise InvalidSetting(f"Users run {sys.executable} too, and cannot enter {folder}: install the hub elsewhere")
    c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
    c.LocalProcessSpawner.cmd = [
        sys.executable,
        str(Path(__file__).resolve().parent / "start_server.py"),
        settings.workspace,
        str(settings.course_folder or "-"),
    ]
    # A port of loopback is everybody's: whoever connects to a kernel's output reads it. Sockets in a private folder are the user's.
    c.LocalProcessSpawner.args = ["--KernelManager.transport=ipc"]
    c.LocalProcessSpawner.notebook_dir = f"~/{settings.workspace}"
    # Programs of the hub's own environment come first, as they do for the hub.
    folder = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    if folder not in path.split(os.pathsep):
        os.environ["PATH"] = f"{folder}{os.pathsep}{path}"
