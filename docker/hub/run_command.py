"""Programs that the hub asks for something: the answer is JSON, the error what they wrote."""

import asyncio
import json
from collections.abc import Mapping, Sequence


class CommandFailed(RuntimeError):
    """The program ended with an error, took too long or answered something else than JSON; the text is for the log, not for users."""


# A class of thirty that logs in at once must not start sixty programs at once.
_turns = asyncio.Semaphore(2)
_MOST_BYTES = 1_000_000


async def ask_command(command: Sequence[str], environment: Mapping[str, str], *, seconds: float = 60) -> object:
    """
    Runs a program without a shell and gives the JSON that it prints, None where it prints nothing. What it printed is never
    part of an error: it may be a password. Throws CommandFailed.
    """
    async with _turns:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise CommandFailed(f"{command[0]} cannot be started: {error}") from error
        try:
            out, err = await asyncio.wait_for(process.communicate(), seconds)
        except asyncio.TimeoutError as error:
            process.kill()
            await process.wait()
            raise CommandFailed(f"{command[0]} did not answer within {seconds:g} s") from error
    if process.returncode != 0:
        said = err[-2000:].decode("utf8", "replace").strip()
        raise CommandFailed(f"{command[0]} ended with {process.returncode}: {said}")
    if len(out) > _MOST_BYTES:
        raise CommandFailed(f"{command[0]} answered more than {_MOST_BYTES} bytes")
    if out.strip() == b"":
        return None
    try:
        return json.loads(out)
    except ValueError as error:
        raise CommandFailed(f"{command[0]} did not answer in JSON") from error
