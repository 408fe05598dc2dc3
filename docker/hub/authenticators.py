"""Who may log in."""

import hmac

from hub.names import PATTERN, InvalidName, check_name
from hub.settings import Settings


def configure_authenticator(c, settings: Settings) -> None:
    c.Authenticator.username_pattern = PATTERN
    c.Authenticator.admin_users = set(settings.admins)
    # Administrators start and stop servers; nobody enters a server that is not their own.
    c.JupyterHub.admin_access = False
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
    import nativeauthenticator
    from nativeauthenticator import NativeAuthenticator

    class FirstComeIsNotFirstServed(NativeAuthenticator):
        """
        The library approves at once whoever signs up under a name that is an administrator's, or listed: the first to come would own it.
        Here an administrator's name takes the administrators' password, and any other waits for approval.
        """

        def validate_username(self, username):
            try:
                return super().validate_username(check_name(username)) is not False
            except InvalidName:
                return False

        def get_authed_users(self):
            return set(settings.admins)

        def create_user(self, username, password, **more):
            name = self.normalize_username(username)
            if name in settings.admins:
                wanted = settings.admin_password
                if wanted is None or not hmac.compare_digest(wanted.encode(), password.encode()):
                    self.log.warning("Refused to sign up the administrator %s: not by the password of the setting", name)
                    return None
            elif settings.users and name not in settings.users:
                return None
            return super().create_user(username, password, **more)

    c.JupyterHub.authenticator_class = FirstComeIsNotFirstServed
    c.JupyterHub.template_paths = [f"{nativeauthenticator.__path__[0]}/templates/"]
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
