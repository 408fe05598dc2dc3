"""People who sign up with a password of their own and are approved: jupyterhub-nativeauthenticator, with what it lacks."""

import hmac
from urllib.parse import urlsplit

from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import DiscardHandler, LoginHandler, ToggleAuthorizationHandler
from tornado.web import HTTPError
from traitlets import Bool, Set, Unicode

from hub.names import InvalidName, check_name


class _NoTimer:
    def timer(self, _name):
        return self

    def start(self):
        return self

    def stop(self, **_options):
        pass


class Login(LoginHandler):
    """Version 1.3.0 asks for a client of statsd that JupyterHub 6 no longer has, and takes no notice of what an error page adds."""

    statsd = _NoTimer()

    def _render(self, login_error=None, username=None, **_more):
        return super()._render(login_error=login_error, username=username)


class _FromOurPages:
    """Approving and discarding are done by GET there: a link in a mail would do it for an administrator who follows it."""

    def prepare(self):
        site = self.request.headers.get("Sec-Fetch-Site")
        referer = urlsplit(self.request.headers.get("Referer", ""))
        # Browsers say where a request comes from to trustworthy addresses only; elsewhere the page before is known.
        if site != "same-origin" and (site is not None or referer.netloc != self.request.host):
            raise HTTPError(403, "Follow the link on the page that lists who signed up")
        return super().prepare()


class Approve(_FromOurPages, ToggleAuthorizationHandler):
    pass


class Discard(_FromOurPages, DiscardHandler):
    pass


class Native(NativeAuthenticator):
    """
    The library approves at once whoever signs up under a name that is an administrator's, or listed: the first to come would own
    it. Here an administrator's name takes the administrators' password, and any other waits for approval.
    """

    admin_password = Unicode("", config=True, help="With it an administrator's name is signed up; never, where it is empty.")
    listed_only = Bool(False, config=True, help="Whether only listed names may sign up.")
    listed = Set(config=True, help="Names that may sign up besides administrators'.")

    def validate_username(self, username):
        try:
            return super().validate_username(check_name(username))
        except InvalidName:
            return False

    def create_user(self, username, password, **more):
        name = self.normalize_username(username)
        if name in self.admin_users:
            if self.admin_password == "" or not hmac.compare_digest(self.admin_password.encode(), password.encode()):
                self.log.warning("%s was not signed up: that takes the administrators' password", name)
                return None
        elif self.listed_only and name not in self.listed:
            return None
        made = super().create_user(username, password, **more)
        if made is not None and made.is_authorized and name not in self.admin_users:
            made.is_authorized = False
            self.db.commit()
        return made

    def get_handlers(self, app):
        own = {"/login": Login, "/authorize/([^/]*)": Approve, "/discard/([^/]*)": Discard}
        return [(route, own.get(route, handler)) for route, handler in super().get_handlers(app)]
