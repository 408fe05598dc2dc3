"""What a user's server finds in its environment: this list, and nothing else of the hub's."""

import re
from collections.abc import Mapping

from hub.object_access import object_variables
from hub.settings import InvalidSetting, Settings
from hub.store_access import store_address

_of_the_hub = re.compile(r"^(FURROW_HUB_|JUPYTERHUB|CONFIGPROXY|DOCKER_|AWS_|PG)|SECRET|PASSWORD|TOKEN|_KEY$|^FURROW_STORE$")


def kept_variables(settings: Settings) -> list[str]:
    """Names of the hub's variables that servers inherit. Throws InvalidSetting for one that is the hub's own or sounds like a secret."""
    for name in settings.server_environment:
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is None or _of_the_hub.search(name.upper()):
            raise InvalidSetting(f"FURROW_HUB_SERVER_ENVIRONMENT may not hand {name!r} to servers")
    # A container has a PATH of its own.
    own = ["PATH"] if settings.spawner == "local" else []
    return [*own, *settings.server_environment]


async def server_variables(name: str, settings: Settings) -> Mapping[str, str]:
    """The variables of one user's server besides those that are kept. Throws CommandFailed and InvalidName."""
    variables = {"JUPYTER_PREFER_ENV_PATH": "1"}
    if settings.course_collection is not None:
        # The image would otherwise generate its demo season into every home.
        variables["FURROW_DEMO"] = "off"
    optional = {
        "FURROW_STORE": await store_address(name, settings),
        "FURROW_COLLECTIONS": settings.collections,
        "FURROW_COURSE_COLLECTION": settings.course_collection,
        "FURROW_COURSE_DATASET": settings.course_dataset,
        "JUPYTER_PATH": settings.jupyter_path,
    }
    variables.update({key: value for key, value in optional.items() if value is not None})
    if settings.objects is not None:
        variables.update(await object_variables(name, settings.objects))
    return variables
