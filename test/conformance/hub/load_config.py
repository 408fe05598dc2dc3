"""load_config.py FILE: what JupyterHub makes of a configuration, as JSON: its classes, and settings that no class of them has."""

import json
import sys

from jupyterhub.app import JupyterHub
from jupyterhub.proxy import ConfigurableHTTPProxy

app = JupyterHub()
app.load_config_file(sys.argv[1])
authenticator, spawner = app.authenticator_class, app.spawner_class
classes = {}
for top in (JupyterHub, ConfigurableHTTPProxy, authenticator, spawner):
    for one in top.__mro__:
        # A name of a base class reaches all that inherit from it: what matters is what the class in use has.
        classes.setdefault(one.__name__, top)
unknown = [
    f"{section}.{name}"
    for section, settings in app.config.items()
    for name in settings
    if section not in classes or name not in classes[section].class_traits(config=True)
]
told = {"authenticator": authenticator.__name__, "spawner": spawner.__name__, "unknown": unknown}
print(json.dumps({**told, "admins": sorted(app.config.Authenticator.admin_users)}))
