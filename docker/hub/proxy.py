"""Where the proxy and the hub listen."""

from hub.settings import Settings


def configure_proxy(c, settings: Settings) -> None:
    c.JupyterHub.ip = settings.ip
    c.JupyterHub.port = settings.port
    c.JupyterHub.base_url = settings.base_url
    c.JupyterHub.hub_ip = settings.internal_ip
    c.JupyterHub.hub_port = settings.internal_port
    if settings.connect_host is not None:
        c.JupyterHub.hub_connect_ip = settings.connect_host
    if settings.subdomain_host:
        c.JupyterHub.subdomain_host = settings.subdomain_host
    if settings.tls is not None:
        c.JupyterHub.ssl_key, c.JupyterHub.ssl_cert = settings.tls
    c.ConfigurableHTTPProxy.command = list(settings.proxy)
    # Who has its token decides where everybody's requests go: the interface is for the hub on this machine alone.
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.proxy_api_port}"
    c.ConfigurableHTTPProxy.should_start = True
