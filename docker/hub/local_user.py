"""System users of this machine, and the folder that a user's kernels talk in."""

import os
import pwd
import stat
from pathlib import Path

# `kernel-<uuid>-ipc-1` below the folder must fit into sockaddr_un.sun_path with its closing zero (104 bytes on macOS).
_LONGEST_FOLDER = 103 - len("/kernel-00000000-0000-0000-0000-000000000000-ipc-1")


class UnsafeUser(PermissionError):
    """The system user may have no server, or others could read what the server writes."""


def system_user(name: str, least_uid: int) -> pwd.struct_passwd:
    """The entry of a system user with a home that is the user's alone. Throws UnsafeUser."""
    try:
        user = pwd.getpwnam(name)
    except KeyError as error:
        raise UnsafeUser(f"{name} is no user of this machine") from error
    if user.pw_uid < least_uid:
        raise UnsafeUser(f"{name} is a user of the system and gets no server")
    try:
        home = os.stat(user.pw_dir)
    except OSError as error:
        raise UnsafeUser(f"{name} has no home") from error
    if home.st_uid != user.pw_uid or stat.S_IMODE(home.st_mode) & 0o077:
        raise UnsafeUser(f"The home of {name} can be entered by others: an administrator must make it 0700")
    return user


def make_runtime_folder(base: Path, user: pwd.struct_passwd) -> Path:
    """
    The private folder for connection files and sockets of a user's kernels, below one that only the administrator writes, so no link of
    a user can stand in its place. Throws UnsafeUser.
    """
    folder = base / str(user.pw_uid)
    if len(os.fsencode(folder)) > _LONGEST_FOLDER:
        raise UnsafeUser(f"{base} is too long for the address of a socket")
    base.mkdir(mode=0o711, parents=True, exist_ok=True)
    place = os.lstat(base)
    if not stat.S_ISDIR(place.st_mode) or place.st_uid != os.geteuid() or stat.S_IMODE(place.st_mode) & 0o022:
        raise UnsafeUser(f"{base} is not a folder that the hub alone writes")
    base.chmod(0o711)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return folder
