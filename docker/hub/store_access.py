"""A user's own role in the store, made anew for each server, with the rights of the groups that the user is in."""

import os
from collections.abc import Mapping

from hub.names import check_name
from hub.run_command import CommandFailed, ask_command
from hub.settings import Settings


def groups_of(name: str, groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(group for group, members in groups.items() if "*" in members or name in members)


async def store_address(name: str, settings: Settings) -> str | None:
    """
    The postgres:// address that a server reaches the store by: role NAME with a password of its own, made now, so that the address of an
    earlier server is worth nothing any more. None where the hub has no store. Throws CommandFailed.
    """
    if settings.store is None:
        return None
    check_name(name)
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(settings.data),
        "FURROW_DATA": str(settings.data / "furrow"),
        "FURROW_STORE": settings.store,
    }

    async def furrow(*words: str) -> object:
        return await ask_command((*settings.furrow, *words), environment)

    await furrow("user", "ensure", name, "--json")
    mine = groups_of(name, settings.groups)
    for group in sorted(settings.groups):
        await furrow("group", "ensure", group, "--json")
        await furrow("group", "join" if group in mine else "leave", group, name, "--json")
    answer = await furrow("user", "database", name, "--json")
    address = answer.get("url") if isinstance(answer, dict) else None
    if not isinstance(address, str) or not address.startswith(("postgres://", "postgresql://")):
        raise CommandFailed(f"furrow user database gave no address for {name}")
    return address
