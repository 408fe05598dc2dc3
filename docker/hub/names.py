"""Names of users and groups, which become roles of the database, folders and prefixes of object storage."""

import re

# The rule of the store's accounts. \Z and not $, which lets a line feed follow.
PATTERN = r"^[a-z][a-z0-9._-]{0,62}\Z"
_name = re.compile(PATTERN)
_taken = re.compile(r"^((furrow|pg_|oidc\.).*|postgres|public|none|root)\Z")


class InvalidName(ValueError):
    """The name cannot be a role, a folder and a prefix at once."""


def check_name(name: str, kind: str = "user") -> str:
    """Gives the name back. Throws InvalidName, which says the rule."""
    if not isinstance(name, str) or _name.match(name) is None:
        raise InvalidName(
            f"{name!r} is no name of a {kind}: a small letter, then at most 62 small letters, digits, '.', '_' and '-'"
        )
    if _taken.match(name) is not None:
        raise InvalidName(f"{name!r} is no name of a {kind}: it is taken by the system")
    return name
