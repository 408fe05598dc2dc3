"""
start_server.py WORKSPACE COURSE ARGUMENTS...: becomes the server of the user that it runs as. What is written in the user's home
is made here, by the user: as root, links that the user put there would lead anywhere.
"""

import os
import shutil
import sys
from pathlib import Path


def main(workspace: str, course: str, arguments: list[str]) -> None:
    os.umask(0o077)
    home = Path.home()
    place = home / workspace
    cache = home / ".cache" / "furrow"
    temporary = cache / "tmp"
    for folder in (place, temporary):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    copy_course(Path(course), place / "course")
    os.environ.setdefault("FURROW_DATA", str(home / ".furrow"))
    os.environ.setdefault("NODE_COMPILE_CACHE", str(cache / "compiled"))
    # Kernels and formats put files of their own there, under names that others could guess in the machine's folder.
    os.environ["TMPDIR"] = str(temporary)
    os.chdir(home)
    # By its own script and not by -m: modules of the user's folder would stand in front of Python's.
    server = Path(sys.executable).parent / "jupyterhub-singleuser"
    os.execv(server, [str(server), *arguments])


def copy_course(source: Path, target: Path) -> None:
    """Files of the course that the workspace does not have yet; what a student wrote is never replaced."""
    if not source.is_dir():
        return
    target.mkdir(mode=0o700, exist_ok=True)
    for file in sorted(source.iterdir()):
        if file.suffix in (".ipynb", ".ts", ".md") and not (target / file.name).exists():
            shutil.copyfile(file, target / file.name)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
