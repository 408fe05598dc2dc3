"""Who may log in."""

from hub.names import PATTERN
from hub.settings import Settings


def configure_authenticator(c, settings: Settings) -> None:
    c.Authenticator.username_pattern = PATTERN
    c.Authenticator.admin_users = set(settings.admins)
    if settings.users:
        c.Authenticator.allowed_users = set(settings.users | settings.admins)
    if settings.authenticator == "native":
        configure_native(c, settings)
    elif settings.authenticator == "oauth":
        configure_oauth(c, settings)
    else:
        c.JupyterHub.authenticator_class = "dummy"
        c.DummyAuthenticator.password = settings.dummy_password


def configure_native(c, settings: Settings) -> None:
    from hub.native import Native

    c.JupyterHub.authenticator_class = Native
    c.Native.admin_password = settings.admin_password or ""
    c.Native.listed_only = bool(settings.users)
    c.Native.listed = set(settings.users)
    c.NativeAuthenticator.open_signup = False
    c.NativeAuthenticator.minimum_password_length = 10
    c.NativeAuthenticator.check_common_password = True
    c.NativeAuthenticator.allowed_failed_logins = 10
    c.NativeAuthenticator.seconds_before_next_try = 60
    if not settings.users:
        # Approval is the decision.
        c.Authenticator.allow_all = True


def configure_oauth(c, settings: Settings) -> None:
    given = settings.oauth
    c.JupyterHub.authenticator_class = "generic-oauth"
    c.GenericOAuthenticator.client_id = given["client_id"]
    c.GenericOAuthenticator.client_secret = given["client_secret"]
    c.GenericOAuthenticator.authorize_url = given["authorize_url"]
    c.GenericOAuthenticator.token_url = given["token_url"]
    c.GenericOAuthenticator.userdata_url = given["userdata_url"]
    c.GenericOAuthenticator.oauth_callback_url = given["callback_url"]
    c.GenericOAuthenticator.username_claim = given.get("username_claim", "preferred_username")
    c.GenericOAuthenticator.scope = given.get("scopes", "openid").replace(",", " ").split()
    if given.get("allow_all", "no").lower() == "yes":
        c.Authenticator.allow_all = True
