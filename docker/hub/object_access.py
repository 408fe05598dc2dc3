"""Keys of object storage for one user, which open that user's prefix and what all may read, and nothing else."""

import asyncio
import json
import os
import stat
from collections.abc import Mapping

from hub.names import check_name
from hub.run_command import CommandFailed, ask_command
from hub.settings import ObjectSettings


# The command may read the policy of a bucket, add to it and write it back.
_one_at_a_time = asyncio.Lock()


def prefix_of(name: str) -> str:
    """Where a user's results lie in the bucket: `users/NAME`, no slash at its ends."""
    return f"users/{check_name(name)}"


async def object_variables(name: str, settings: ObjectSettings) -> Mapping[str, str]:
    """
    The variables by which a server reaches object storage as this user. That the keys open nothing else is the work of who
    made them (a policy of the storage). Throws CommandFailed.
    """
    prefix = prefix_of(name)
    keys = await keys_of(name, prefix, settings)
    variables = {
        "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"],
        "AWS_REGION": settings.region,
        "FURROW_S3_BUCKETS": ",".join((settings.bucket, *settings.read)),
        "FURROW_RESULTS": f"s3://{settings.bucket}/{prefix}",
    }
    if "sessionToken" in keys:
        variables["AWS_SESSION_TOKEN"] = keys["sessionToken"]
    if settings.endpoint is not None:
        variables["AWS_ENDPOINT_URL_S3"] = settings.endpoint
    return variables


async def keys_of(name: str, prefix: str, settings: ObjectSettings) -> Mapping[str, str]:
    if settings.keys_file is None:
        command = (*settings.keys_command, name, prefix)
        async with _one_at_a_time:
            return check_keys(await ask_command(command, os.environ), settings.keys_command[0])
    path = settings.keys_file
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise CommandFailed(f"{path} holds everybody's keys and is readable by others: chmod 600")
        known = json.loads(path.read_text("utf8"))
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{path} cannot be read: {error}") from error
    if not isinstance(known, dict) or name not in known:
        raise CommandFailed(f"{path} holds no keys of {name}")
    return check_keys(known[name], str(path))


def check_keys(answer: object, source: str) -> Mapping[str, str]:
    needed = ("accessKeyId", "secretAccessKey")
    if not isinstance(answer, dict) or any(not isinstance(answer.get(key), str) or not answer[key] for key in needed):
        raise CommandFailed(f"{source} did not give accessKeyId and secretAccessKey")
    keys = {key: answer[key] for key in (*needed, "sessionToken") if isinstance(answer.get(key), str)}
    if any(character in value for value in keys.values() for character in "\0\r\n"):
        raise CommandFailed(f"{source} gave keys with line breaks")
    return keys
