"""
Servers as containers.

The risk: whoever speaks to Docker's socket is root on its machine (a container that mounts / is one request away), so the hub must
not have it. In compose.yaml the hub reaches DOCKER_HOST, a proxy that lets through only requests about containers, networks and
volumes. That narrows what a hub that was broken into can ask for, it does not make it safe: creating a container with any mount is
among what it must let through. Run it on a machine of its own, or use an orchestrator with roles where that is not enough.
"""

import os

from hub.settings import InvalidSetting, Settings


def configure_docker_servers(c, settings: Settings) -> None:
    host = os.environ.get("DOCKER_HOST", "")
    if not host.startswith(("tcp://", "https://")):
        raise InvalidSetting(
            "DOCKER_HOST must be the address of a proxy before Docker's socket (tcp://socket-proxy:2375): the socket itself is root"
        )
    c.JupyterHub.spawner_class = "dockerspawner.DockerSpawner"
    c.DockerSpawner.image = settings.image
    # Users choose neither image nor mounts.
    c.DockerSpawner.allowed_images = []
    c.DockerSpawner.network_name = settings.network
    c.DockerSpawner.use_internal_ip = True
    c.DockerSpawner.remove = True
    c.DockerSpawner.name_template = "furrow-{username}"
    c.DockerSpawner.volumes = {"furrow-home-{username}": settings.home}
    c.DockerSpawner.mem_limit = settings.memory
    c.DockerSpawner.extra_host_config = {
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "pids_limit": 1024,
    }
