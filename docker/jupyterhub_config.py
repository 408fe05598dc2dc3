"""JupyterHub for Furrow, told what to do by its environment alone. A yes is `yes`; lists are separated by commas.

Where
  FURROW_HUB_DATA            folder of the hub's database and cookie secret, made with mode 0700 (/srv/furrow-hub)
  FURROW_HUB_IP              address that the proxy listens on (127.0.0.1; in a container 0.0.0.0)
  FURROW_HUB_PORT            its port (8000)
  FURROW_HUB_BASE_URL        path in front of every page (/)
  FURROW_HUB_SUBDOMAIN_HOST  https://hub.example.org: each server gets a host name of its own (ada.hub.example.org), so that a page
                             which one user made cannot act for another who opens it; without it users trust each other's links
  FURROW_HUB_TLS_KEY, FURROW_HUB_TLS_CERT   files, where no other proxy in front speaks TLS
  FURROW_HUB_PROXY           command of configurable-http-proxy (the one that is locked here, by the Node that is)
  FURROW_HUB_INTERNAL_IP     address of the hub itself, for proxy and servers (127.0.0.1; with docker 0.0.0.0)
  FURROW_HUB_INTERNAL_PORT   its port (8081)
  FURROW_HUB_CONNECT_HOST    name by which servers reach the hub (with docker the hub's host name)
  FURROW_HUB_PROXY_API_PORT  port of the proxy's own interface (8001)

Who
  FURROW_HUB_AUTHENTICATOR   native (people sign up, an administrator approves), oauth, or dummy (one password for all)
  FURROW_HUB_ADMINS          names of administrators: they approve people, stop servers, and may enter any (JupyterHub's role admin)
  FURROW_HUB_USERS           names of who may log in; with native everybody who was approved
  FURROW_HUB_ADMIN_PASSWORD  native: an administrator's name can only be signed up with this password, *secret*
  FURROW_HUB_ALLOW_DUMMY     yes: dummy may be used, for a trial behind closed doors
  FURROW_HUB_DUMMY_PASSWORD  dummy: the password of all, 12 characters at least, *secret*
  FURROW_HUB_OAUTH_CLIENT_ID, _CLIENT_SECRET (*secret*), _AUTHORIZE_URL, _TOKEN_URL, _USERDATA_URL, _CALLBACK_URL
  FURROW_HUB_OAUTH_USERNAME_CLAIM   claim that holds the name (preferred_username)
  FURROW_HUB_OAUTH_SCOPES    (openid)
  FURROW_HUB_OAUTH_ALLOW_ALL yes: whoever the provider knows may log in; not with local servers
  FURROW_HUB_GROUPS          groups of the store and who is in them: students=*; teachers=ada bob

Servers
  FURROW_HUB_SPAWNER         local: processes of the system users of this machine, whose homes must be 0700; docker: containers
  FURROW_HUB_IDLE_SECONDS    a server that nobody used for so long is stopped (3600; 0: never)
  FURROW_HUB_JUPYTER_PATH    further folders with kernels and extensions
  FURROW_HUB_SERVER_ENVIRONMENT   names of variables of the hub that servers get too (LANG,LC_ALL,TZ); names of the hub's own are refused
  FURROW_HUB_WORKSPACE       local: folder below the home that JupyterLab shows (work)
  FURROW_HUB_COURSE_FOLDER   local: notebooks that a workspace gets a copy of, once (notebooks/course beside this folder; - for none)
  FURROW_HUB_RUNTIME         local: folder of connection files and sockets, a private one for each user below (/run/furrow-hub)
  FURROW_HUB_LEAST_UID       local: system users below this number get no server (1000)
  FURROW_HUB_IMAGE           docker: image of the servers
  FURROW_HUB_NETWORK         docker: network that servers, hub and store share (furrow)
  FURROW_HUB_HOME            docker: the home in the image, which a volume for each user keeps (/home/furrow)
  FURROW_HUB_MEMORY          docker: memory of a server (4G)
  DOCKER_HOST                docker: where the Docker API is; see the risk named in hub/docker_servers.py

Store and rasters
  FURROW_HUB_STORE           postgres:// address of an administrator who may make roles, *secret*; without it there is no store
  FURROW_HUB_FURROW          command of Furrow (the one beside this folder)
  FURROW_HUB_S3_ENDPOINT     address of object storage; AWS when left out
  FURROW_HUB_S3_REGION       (us-east-1)
  FURROW_HUB_S3_BUCKET       bucket of results: each user writes below users/NAME only
  FURROW_HUB_S3_READ         further buckets that servers read with their keys
  FURROW_HUB_S3_KEYS_COMMAND command that gets NAME and PREFIX and prints {"accessKeyId", "secretAccessKey", "sessionToken"?}, or
  FURROW_HUB_S3_KEYS_FILE    file {"NAME": {"accessKeyId", "secretAccessKey"}}, readable by the hub alone
  FURROW_HUB_COLLECTIONS     collections of all servers, name=address
  FURROW_HUB_COURSE_COLLECTION, FURROW_HUB_COURSE_DATASET   what the notebooks of the course open;
                             the dataset as OWNER/NAME: the name alone means a student's own as soon as there is one

What is marked *secret* may stand in a file that NAME_FILE names instead. It, and all the rest above, stays with the hub: a server
gets the variables that hub/server_environment.py makes, and nothing else of the hub's environment.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from hub.authenticators import configure_authenticator  # noqa: E402
from hub.docker_servers import configure_docker_servers  # noqa: E402
from hub.local_servers import configure_local_servers  # noqa: E402
from hub.prepare_server import prepare_server  # noqa: E402
from hub.proxy import configure_proxy  # noqa: E402
from hub.server_environment import kept_variables  # noqa: E402
from hub.settings import read_settings  # noqa: E402

c = get_config()  # noqa: F821
settings = read_settings(os.environ)

settings.data.mkdir(parents=True, exist_ok=True)
settings.data.chmod(0o700)
c.JupyterHub.db_url = f"sqlite:///{settings.data / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(settings.data / "cookie-secret")
c.ConfigurableHTTPProxy.pid_file = str(settings.data / "proxy.pid")

configure_proxy(c, settings)
configure_authenticator(c, settings)
if settings.spawner == "docker":
    configure_docker_servers(c, settings)
else:
    configure_local_servers(c, settings)

c.JupyterHub.allow_named_servers = False
c.Spawner.default_url = "/lab"
c.Spawner.env_keep = kept_variables(settings)
c.Spawner.pre_spawn_hook = prepare_server(settings)
c.Spawner.http_timeout = 90
c.Spawner.start_timeout = 120

if settings.idle_seconds > 0:
    c.JupyterHub.services = [
        {
            "name": "idle-culler",
            "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={settings.idle_seconds}"],
        }
    ]
    c.JupyterHub.load_roles = [
        {
            "name": "idle-culler",
            "services": ["idle-culler"],
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        }
    ]
