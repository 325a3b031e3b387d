"""Django's settings, all derived from `environment.Environment`."""

from pathlib import Path
from urllib.parse import urlsplit

import structlog
from csp.constants import NONE, SELF

from emporion.config import environment

ENVIRONMENT = environment.read()
HOME = ENVIRONMENT.home_path
BASE_DIR = Path(__file__).resolve().parent.parent
SITE_URL = ENVIRONMENT.site_url

SECRET_KEY = ENVIRONMENT.key
DEBUG = ENVIRONMENT.debug
SHOW_UI = ENVIRONMENT.ui or DEBUG
ALLOWED_HOSTS = ["*"]  # links are built from SITE_URL, never from the Host header
IS_SECURE = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "emporion.ui",
    "emporion.accounts",  # before allauth, whose templates it replaces
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sites",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.twitter_oauth2",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "csp",
    "django_htmx",
    "ninja",
    "emporion.plumbing",
    "emporion.notify",
    "emporion.ledger",
    "emporion.payments",
    "emporion.billing",
    "emporion.gateway.pricing",
    "emporion.gateway.routing",
    "emporion.checkout",
    "emporion.market",
    "emporion.agents.knowledge",
    "emporion.agents.runtime",
    "emporion.agents.channels",
    "emporion.agents.automations",
    "emporion.agents.apps",
    "emporion.insights.sites",
    "emporion.insights.goals",
    "emporion.insights.revenue",
    "emporion.insights.imports",
    "emporion.insights.reports",
    "emporion.insights.intent",
    "emporion.insights.live",
    "emporion.insights.api",
    "emporion.nexus.apis",
    "emporion.nexus.checks",
    "emporion.nexus.providers",
    "emporion.nexus.signals",
    "emporion.nexus.alerts",
    "emporion.nexus.diagnosis",
    "emporion.nexus.statuspage",
    "emporion.nexus.incidents",
    "emporion.nexus.oncall",
    "emporion.nexus.costs",
    "emporion.nexus.gateway",
    "emporion.nexus.overview",
    "emporion.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",  # these are outermost so that what another middleware refuses has their headers, too
    "emporion.plumbing.middleware.HeadMiddleware",
    "emporion.accounts.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "emporion.accounts.middleware.ActorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "emporion.plumbing.problems.ProblemMiddleware",
]

ROOT_URLCONF = "emporion.config.urls"
SUBSCRIPTIONS = "emporion.config.subscriptions"
ASGI_APPLICATION = "emporion.config.asgi.application"
FORM_RENDERER = "emporion.ui.forms.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "emporion.web.context.frames",
                "emporion.ui.context.appearance",
            ],
        },
    }
]

DATABASES = {"default": environment.database(ENVIRONMENT.database_url, HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EVENTS_URL = ENVIRONMENT.events_url or f"chdb://{HOME / 'events'}"
SPOOL_DIR = HOME / "spool"
FILES_DIR = HOME / "files"
WEIGHTS_DIR = Path(ENVIRONMENT.weights_dir).resolve() if ENVIRONMENT.weights_dir else HOME / "weights"

AUTH_USER_MODEL = "accounts.Person"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # a constraint that the check does not know makes the address unique in any case
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 10}),
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("CommonPasswordValidator", {}),
    )
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "django.contrib.auth.hashers.ScryptPasswordHasher"]
ANONYMOUS_BROWSING = ENVIRONMENT.anonymous_browsing
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/dashboard/"
ACCOUNT_ADAPTER = "emporion.accounts.adapters.AccountAdapter"
ACCOUNT_SIGNUP_REDIRECT_URL = "/marketplace/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "emporion.accounts.registration.NameForm"
ACCOUNT_FORMS = {"login": "emporion.accounts.forms.LogInForm", "signup": "emporion.accounts.forms.SignupForm"}
ACCOUNT_EMAIL_VERIFICATION = "optional"  # who has not verified yet may browse and buy
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_SECURE else "http"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Per address of the client, above what one office behind one address needs; failed log-ins stay at 5 in 5 minutes per account.
ALLAUTH_TRUSTED_PROXY_COUNT = len([proxy for proxy in ENVIRONMENT.trusted_proxies.split(",") if proxy.strip()])
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "signup": "60/m/ip"}
SOCIALACCOUNT_ADAPTER = "emporion.accounts.adapters.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = environment.identity_providers(ENVIRONMENT)
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
IDP_OIDC_ADAPTER = "emporion.agents.apps.identity.IdentityAdapter"
IDP_OIDC_PRIVATE_KEY = ENVIRONMENT.signing_key
PUSH_KEY = ENVIRONMENT.push_key
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 43_200  # as long as somebody stays signed in to an app; each use is checked again
MFA_ADAPTER = "emporion.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Emporion"
MFA_TOTP_TOLERANCE = 1  # one step for clocks that differ and fingers that are slow, as RFC 6238 recommends
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_SECURE
MFA_RECOVERY_CODES_SHOW_ONCE = True
MAIL_URL = ENVIRONMENT.mail_url
MAIL_DOMAIN = (urlsplit(SITE_URL).hostname or "localhost").lower()
EMAIL_BACKEND = "emporion.notify.transport.StoringBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.mail_from

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
SITE_ID = 1

DOCS_DIR = BASE_DIR.parent / "docs"
CATALOGUE_DIR = BASE_DIR.parent / "catalogue"
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_DIR}},
    "staticfiles": {"BACKEND": "emporion.config.static.HashedStaticFilesStorage"},
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "emporion.web.views.forged"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FILE_UPLOAD_HANDLERS = [
    "emporion.plumbing.uploads.KeepFolders",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = 500  # what is too many is refused file by file, with the reason
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *environment.identity_origins(ENVIRONMENT)],
        "frame-ancestors": [NONE],
    }
}

_noted: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_written: list[structlog.typing.Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
structlog.configure(processors=[*_noted, *_written], cache_logger_on_first_use=True)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {  # what Django and the libraries say, in the same form as what we say
            "()": "structlog.stdlib.ProcessorFormatter",
            "foreign_pre_chain": [structlog.stdlib.add_logger_name, *_noted],
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_written],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django.request": {"level": "ERROR"}},
}
