"""Checks of a front end that is driven from Python: one line of JSON each, as pythonChecks of steps.ts reads them."""
import json
import traceback


def tell(name: str, message: str | None = None) -> None:
    print(json.dumps({"name": name} if message is None else {"name": name, "message": message[:1500]}), flush=True)


def check(name: str, act) -> None:
    """Performs a step; what it raises is the message of the check."""
    try:
        act()
    except Exception as error:
        tell(name, f"{type(error).__name__}: {error}" if str(error) else traceback.format_exc())
    else:
        tell(name)


async def check_async(name: str, act) -> None:
    try:
        await act()
    except Exception as error:
        tell(name, f"{type(error).__name__}: {error}" if str(error) else traceback.format_exc())
    else:
        tell(name)
