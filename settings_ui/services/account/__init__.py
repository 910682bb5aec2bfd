"""A person's own account: signing in, sessions, rights, name, login email, password and photo."""

from dataclasses import dataclass

from settings_ui.services.account.access import Access
from settings_ui.services.account.avatars import Avatars
from settings_ui.services.account.login_email import LoginEmail
from settings_ui.services.account.notices import Notices
from settings_ui.services.account.password import Password
from settings_ui.services.account.profile import Profile
from settings_ui.services.account.sessions import Sessions
from settings_ui.services.account.sign_in import SignIn
from settings_ui.services.account.sign_in_link import SignInLink
from settings_ui.services.account.strangers import Strangers


@dataclass(frozen=True)
class Account:
    """What a person does with their own account."""

    access: Access
    avatars: Avatars
    login_email: LoginEmail
    notices: Notices
    password: Password
    profile: Profile
    sessions: Sessions
    sign_in: SignIn
    sign_in_link: SignInLink
    strangers: Strangers
