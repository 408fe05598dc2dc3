"""What happens before a server starts; a failure stops it, with a text for its user that holds no secret."""

from tornado.web import HTTPError

from hub.local_user import UnsafeUser, make_runtime_folder, system_user
from hub.names import InvalidName, check_name
from hub.run_command import CommandFailed
from hub.server_environment import server_variables
from hub.settings import Settings


def prepare_server(settings: Settings):
    """The pre_spawn_hook of these settings."""

    async def prepare(spawner) -> None:
        try:
            name = check_name(spawner.user.name)
            variables = dict(await server_variables(name, settings))
            if settings.spawner == "local":
                user = system_user(name, settings.least_uid)
                variables["JUPYTER_RUNTIME_DIR"] = str(make_runtime_folder(settings.runtime, user))
        except (InvalidName, UnsafeUser) as error:
            raise refusal(403, str(error)) from error
        except CommandFailed as error:
            spawner.log.error("No server for %s: %s", spawner.user.name, error)
            raise refusal(
                503, "Your access to store and rasters could not be prepared. The reason stands in the hub's log."
            ) from error
        # Of this spawner alone: the dictionary of the class is shared by all.
        spawner.environment = {**spawner.environment, **variables}

    return prepare


def refusal(status: int, text: str) -> HTTPError:
    error = HTTPError(status, text)
    error.jupyterhub_message = text
    return error
