"""What the environment says, checked once; jupyterhub_config.py documents each variable."""

import re
import shlex
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from hub.names import check_name

ROOT = Path(__file__).resolve().parent.parent.parent

SECRETS = (
    "FURROW_HUB_STORE",
    "FURROW_HUB_ADMIN_PASSWORD",
    "FURROW_HUB_DUMMY_PASSWORD",
    "FURROW_HUB_OAUTH_CLIENT_SECRET",
)


class InvalidSetting(ValueError):
    """A variable holds what it cannot mean; the text names it."""


@dataclass(frozen=True)
class ObjectSettings:
    endpoint: str | None
    region: str
    bucket: str
    read: tuple[str, ...]
    keys_command: tuple[str, ...]
    keys_file: Path | None


@dataclass(frozen=True)
class Settings:
    data: Path
    ip: str
    port: int
    base_url: str
    subdomain_host: str
    tls: tuple[str, str] | None
    proxy: tuple[str, ...]
    internal_ip: str
    internal_port: int
    connect_host: str | None
    proxy_api_port: int
    authenticator: str
    admins: frozenset[str]
    users: frozenset[str]
    admin_password: str | None
    dummy_password: str | None
    oauth: Mapping[str, str]
    groups: Mapping[str, frozenset[str]]
    spawner: str
    idle_seconds: int
    workspace: str
    course_folder: Path | None
    jupyter_path: str | None
    server_environment: tuple[str, ...]
    runtime: Path
    least_uid: int
    image: str | None
    network: str
    home: str
    memory: str
    store: str | None
    furrow: tuple[str, ...]
    objects: ObjectSettings | None
    collections: str | None
    course_collection: str | None
    course_dataset: str | None


def read_settings(environment: MutableMapping[str, str]) -> Settings:
    """
    Reads and checks all variables, and takes the secrets out of the environment, so that no process that the hub
    starts inherits them. Throws InvalidSetting and InvalidName.
    """
    given = {name: value for name, value in environment.items() if name.startswith("FURROW_HUB_") and value != ""}
    for name in SECRETS:
        environment.pop(name, None)
        file = given.pop(f"{name}_FILE", None)
        if file is not None:
            try:
                given[name] = Path(file).read_text("utf8").strip()
            except OSError as error:
                raise InvalidSetting(f"{name}_FILE names {file}, which cannot be read: {error.strerror}") from error

    def text(name: str, default: str | None = None) -> str | None:
        return given.get(f"FURROW_HUB_{name}", default)

    def yes(name: str) -> bool:
        return (text(name) or "no").lower() == "yes"

    def number(name: str, default: int, least: int, most: int) -> int:
        value = text(name, str(default)) or ""
        if not re.fullmatch(r"\d{1,9}", value) or not least <= int(value) <= most:
            raise InvalidSetting(f"FURROW_HUB_{name} must be a whole number from {least} to {most}, not {value!r}")
        return int(value)

    def word(name: str, words: tuple[str, ...]) -> str:
        value = text(name, words[0]) or ""
        if value not in words:
            raise InvalidSetting(f"FURROW_HUB_{name} must be {' or '.join(words)}, not {value!r}")
        return value

    def listed(name: str, default: str = "") -> tuple[str, ...]:
        return tuple(entry.strip() for entry in (text(name, default) or "").split(",") if entry.strip())

    def command(name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = text(name)
        return default if value is None else tuple(shlex.split(value))

    spawner = word("SPAWNER", ("local", "docker"))
    authenticator = word("AUTHENTICATOR", ("native", "oauth", "dummy"))
    dummy_password = text("DUMMY_PASSWORD")
    if authenticator == "dummy":
        if not yes("ALLOW_DUMMY"):
            raise InvalidSetting(
                "FURROW_HUB_AUTHENTICATOR=dummy lets anybody be anyone: FURROW_HUB_ALLOW_DUMMY=yes says that this is meant"
            )
        if dummy_password is None or len(dummy_password) < 12:
            raise InvalidSetting("FURROW_HUB_DUMMY_PASSWORD must have 12 characters at least")
    users = frozenset(check_name(name) for name in listed("USERS"))
    oauth = {
        # Variables of the provider under the names that its class has.
        key.removeprefix("FURROW_HUB_OAUTH_").lower(): value
        for key, value in given.items()
        if key.startswith("FURROW_HUB_OAUTH_")
    }
    if authenticator == "oauth":
        needed = ("client_id", "client_secret", "authorize_url", "token_url", "userdata_url", "callback_url")
        for key in needed:
            if key not in oauth:
                raise InvalidSetting(f"FURROW_HUB_OAUTH_{key.upper()} is missing")
        if yes("OAUTH_ALLOW_ALL") and spawner == "local":
            raise InvalidSetting("FURROW_HUB_OAUTH_ALLOW_ALL would let the provider's names be users of this machine")
    if authenticator != "native" and not users and not yes("OAUTH_ALLOW_ALL"):
        raise InvalidSetting(f"FURROW_HUB_USERS must name who may log in by {authenticator}")
    tls_key, tls_cert = text("TLS_KEY"), text("TLS_CERT")
    if (tls_key is None) != (tls_cert is None):
        raise InvalidSetting("FURROW_HUB_TLS_KEY and FURROW_HUB_TLS_CERT come together")
    workspace = text("WORKSPACE", "work") or ""
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", workspace) is None:
        raise InvalidSetting("FURROW_HUB_WORKSPACE must be the plain name of a folder")
    if spawner == "docker" and text("IMAGE") is None:
        raise InvalidSetting("FURROW_HUB_IMAGE must name the image of the servers")
    course_folder = text("COURSE_FOLDER", str(ROOT / "notebooks" / "course"))
    node = ROOT / "node_modules" / ".bin" / "node"
    program = ROOT / "dist" / "cli" / "main.js"
    proxy_script = ROOT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    return Settings(
        data=Path(text("DATA", "/srv/furrow-hub") or ""),
        ip=text("IP", "127.0.0.1") or "",
        port=number("PORT", 8000, 1, 65535),
        base_url=text("BASE_URL", "/") or "",
        subdomain_host=text("SUBDOMAIN_HOST", "") or "",
        tls=(tls_key, tls_cert) if tls_key and tls_cert else None,
        proxy=command(
            "PROXY", (str(node), str(proxy_script)) if proxy_script.exists() else ("configurable-http-proxy",)
        ),
        internal_ip=text("INTERNAL_IP", "0.0.0.0" if spawner == "docker" else "127.0.0.1") or "",
        internal_port=number("INTERNAL_PORT", 8081, 1, 65535),
        connect_host=text("CONNECT_HOST"),
        proxy_api_port=number("PROXY_API_PORT", 8001, 1, 65535),
        authenticator=authenticator,
        admins=frozenset(check_name(name) for name in listed("ADMINS")),
        users=users,
        admin_password=text("ADMIN_PASSWORD"),
        dummy_password=dummy_password,
        oauth=oauth,
        groups=read_groups(text("GROUPS", "") or ""),
        spawner=spawner,
        idle_seconds=number("IDLE_SECONDS", 3600, 0, 10_000_000),
        workspace=workspace,
        course_folder=None if course_folder in (None, "-") else Path(course_folder),
        jupyter_path=text("JUPYTER_PATH"),
        server_environment=listed("SERVER_ENVIRONMENT", "LANG,LC_ALL,TZ"),
        runtime=Path(text("RUNTIME", "/run/furrow-hub") or ""),
        least_uid=number("LEAST_UID", 1000, 1, 999_999_999),
        image=text("IMAGE"),
        network=text("NETWORK", "furrow") or "",
        home=text("HOME", "/home/furrow") or "",
        memory=text("MEMORY", "4G") or "",
        store=text("STORE"),
        furrow=command("FURROW", (str(node), str(program)) if program.exists() else ("furrow",)),
        objects=read_objects(text, listed, command),
        collections=text("COLLECTIONS"),
        course_collection=text("COURSE_COLLECTION"),
        course_dataset=text("COURSE_DATASET"),
    )


def read_objects(text, listed, command) -> ObjectSettings | None:
    bucket = text("S3_BUCKET")
    if bucket is None:
        return None
    for name in (bucket, *listed("S3_READ")):
        if re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) is None:
            raise InvalidSetting(f"{name!r} is no name of a bucket")
    keys_command, keys_file = command("S3_KEYS_COMMAND", ()), text("S3_KEYS_FILE")
    if (len(keys_command) == 0) == (keys_file is None):
        raise InvalidSetting("either FURROW_HUB_S3_KEYS_COMMAND or FURROW_HUB_S3_KEYS_FILE says where keys come from")
    return ObjectSettings(
        endpoint=text("S3_ENDPOINT"),
        region=text("S3_REGION", "us-east-1"),
        bucket=bucket,
        read=listed("S3_READ"),
        keys_command=keys_command,
        keys_file=None if keys_file is None else Path(keys_file),
    )


def read_groups(text: str) -> Mapping[str, frozenset[str]]:
    """`students=*; teachers=ada bob`: the names in each group, or `*`."""
    groups: dict[str, frozenset[str]] = {}
    for entry in text.split(";"):
        if entry.strip() == "":
            continue
        group, equals, names = entry.partition("=")
        members = names.split()
        if not equals or not members:
            raise InvalidSetting(f"FURROW_HUB_GROUPS holds {entry!r}: write group=name name, or group=*")
        for name in members:
            if name != "*":
                check_name(name)
        groups[check_name(group.strip(), "group")] = frozenset(members)
    return groups
