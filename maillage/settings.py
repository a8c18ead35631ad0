"""Settings, read from the environment; the defaults are safe in production.

`docs/operations.md` lists every variable.
"""

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from maillage.core.mailers import mailer

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- modes -----------------------------------------------------------------------------------
# Demonstration mode shows one-click sign-in links and marks every page; tests set MAILLAGE_TEST.
DEMO: bool = env.bool("MAILLAGE_DEMO", default=False)
TESTING: bool = env.bool("MAILLAGE_TEST", default=False)
DEBUG: bool = env.bool("DEBUG", default=False)
DEMO_SECRET_KEY = "demonstration-only-not-a-secret"  # noqa: S105
SECRET_KEY: str = env.str("SECRET_KEY", default=DEMO_SECRET_KEY if DEMO or TESTING else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Give it a long random value (docs/operations.md).")
if SECRET_KEY == DEMO_SECRET_KEY and not (DEMO or TESTING):
    raise ImproperlyConfigured(
        "SECRET_KEY is the demonstration's. Outside demonstration mode (MAILLAGE_DEMO=1) choose your own."
    )
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Secrets of before, newest first: sessions and signed links made with them go on (docs/operations.md).
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# Where the source of this very installation can be had (AGPL, section 13).
SOURCE_URL: str = env.str("SOURCE_URL", default="")
SITE_URL: str = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
HTTPS: bool = env.bool("HTTPS", default=not (DEMO or TESTING or DEBUG))

# --- applications ----------------------------------------------------------------------------
CONTEXTS = [
    "maillage.core",
    "maillage.directory",
    "maillage.ledger",
    "maillage.catalogue",
    "maillage.payments",
    "maillage.membership",
    "maillage.governance",
    "maillage.market",
    "maillage.funding",
    "maillage.programmes",
    "maillage.press",
    "maillage.accompaniment",
    "maillage.indicators",
    "maillage.site",
]
INSTALLED_APPS = [
    *CONTEXTS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton",
    "lucide",
    "leaflet",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pgtrigger",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "maillage.core.connections.LiveConnectionMiddleware",
    "maillage.core.watching.middleware.MachinesMiddleware",
    "maillage.core.watching.logs.RequestsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "maillage.core.middleware.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "maillage.core.middleware.NoNulMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "maillage.directory.middleware.RequireMfaMiddleware",
    "maillage.core.failures.FailuresMiddleware",
    "maillage.core.once.SentOnceMiddleware",
    "maillage.core.meanwhile.MeanwhileMiddleware",
]
ROOT_URLCONF = "maillage.urls"
CSRF_FAILURE_VIEW = "maillage.site.views.csrf_failure"
WSGI_APPLICATION = "maillage.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "maillage.core.context_processors.page",
                "maillage.site.context_processors.navigation",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "lucide.templatetags.lucide",
                "maillage.core.templatetags.maillage",
            ],
        },
    },
]
if DEBUG:
    TEMPLATES[0]["OPTIONS"]["loaders"] = TEMPLATES[0]["OPTIONS"]["loaders"][0][1]

# --- database --------------------------------------------------------------------------------
DATA_DIR = Path(env.str("MAILLAGE_DATA", default=str(BASE_DIR / "var")))
DATABASE_URL: str = env.str("DATABASE_URL", default="")
EMBEDDED = not DATABASE_URL
if EMBEDDED:
    from maillage.core.postgres import embedded_url

    DATABASE_URL = embedded_url(DATA_DIR)
if not DATABASE_URL.startswith(("postgres://", "postgresql://")):
    raise ImproperlyConfigured("DATABASE_URL is postgres://user:password@host/maillage, or nothing (embedded server).")
# "transaction": between pages and PostgreSQL stands a pool (PgBouncer) that gives each transaction any connection.
DATABASE_POOLER: str = env.str("DATABASE_POOLER", default="")
if DATABASE_POOLER not in ("", "transaction"):
    raise ImproperlyConfigured("DATABASE_POOLER is “transaction”, or nothing.")
_database = environ.Env.db_url_config(DATABASE_URL)
# Which part of the service this process is (bin/serve says it): a page gives up sooner than a job. Milliseconds.
PART: str = env.str("MAILLAGE_PART", default="")
_LIMITS = {
    "web": {"statement_timeout": 15_000, "lock_timeout": 8_000, "idle_in_transaction_session_timeout": 60_000},
    "worker": {"statement_timeout": 900_000, "lock_timeout": 60_000, "idle_in_transaction_session_timeout": 900_000},
}
DATABASE_LIMITS: dict[str, int] = {
    name: env.int(name.upper() + "_MS", default=most) for name, most in _LIMITS.get(PART, {}).items()
}
# A pool keeps nothing that a connection was told: there the role has them (docs/operations.md).
_options = " ".join(f"-c {name}={most}" for name, most in DATABASE_LIMITS.items())
_limits = {"options": _options} if _options and not DATABASE_POOLER else {}
_database["HOST"] = _database.get("OPTIONS", {}).pop("host", "") or _database["HOST"]  # ?host=/socket/folder
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_database,
        "OPTIONS": {
            "connect_timeout": 10,
            "tcp_user_timeout": 8_000,  # milliseconds without an answer of the machine after which it is dead
            **_database.get("OPTIONS", {}),
            **_limits,
        },
        # Dead connections are found without asking (core.connections), but for one that a pool of connections hides.
        "CONN_HEALTH_CHECKS": env.bool("CONN_HEALTH_CHECKS", default=bool(DATABASE_POOLER)),
        "DISABLE_SERVER_SIDE_CURSORS": DATABASE_POOLER == "transaction",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=0 if TESTING else 60),
        "TEST": {"NAME": f"test_maillage_{env.str('MAILLAGE_TEST_RUN', default='local')}"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people and sessions ---------------------------------------------------------------------
AUTH_USER_MODEL = "directory.Account"
AUTHENTICATION_BACKENDS = ["maillage.directory.backends.Backend"]
SESSION_ENGINE = "maillage.directory.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "maillage.directory.forms.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # an address that no account has is written nothing
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "signup": "20/m/ip"}
ACCOUNT_ADAPTER = "maillage.directory.adapters.AccountAdapter"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ACCOUNT_EMAIL_NOTIFICATIONS = True  # changes of security are mailed
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # as directory.second_factor.FRESH
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Subdomains and browsers' preload lists are the operator's to decide: they may be others'.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# Only who holds the whole domain may say these: browsers then refuse every part of it without TLS, for a year.
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS and env.bool("HSTS_PRELOAD", default=False)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}

# --- language, time --------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "langue"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/Toronto"
FORMAT_MODULE_PATH = ["maillage.core.formats"]
LOCALE_PATHS = [BASE_DIR / "maillage" / "site" / "quebec"]  # courriel, not e-mail, on the pages of allauth

# --- files, mail, cache, jobs ----------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_AUTOREFRESH = TESTING or DEBUG
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
MEDIA_MIN_FREE: int = env.int("MEDIA_MIN_FREE_MB", default=200) * 1_000_000  # no file is kept below that
# Several web machines share an S3-compatible storage (docs/operations.md).
MEDIA_STORAGE: str = env.str("MEDIA_STORAGE", default="")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "maillage.core.files.WholeFiles"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
if MEDIA_STORAGE:
    from maillage.core.s3 import storage

    STORAGES["default"] = storage(MEDIA_STORAGE)
MAILERS: dict[str, dict[str, Any]] = {
    "default": mailer(
        env.str("EMAIL_URL", default="file:" + str(DATA_DIR / "mail") if DEMO else "console:"),
        backend=env.str("ANYMAIL_BACKEND", default=""),
    )
}
LETTERS_AT_ONCE = TESTING  # tests read a letter where it is posted; elsewhere a job sends it (core.letters)
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="Maillage <ne-pas-repondre@localhost>")
# Web processes count sign-ins together, so their cache is in the database; pages keep what they repeat in core.memo.
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if TESTING
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
PROCRASTINATE_ON_APP_READY = "maillage.core.events.on_app_ready"
# A form has a few hundred fields at most; files come one or a few at a time (core.uploads says how large).
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# Of the threads of a web process, how many may read an uploaded file or wait to (core.uploads.one_at_a_time).
UPLOADS_AT_ONCE: int = max(1, env.int("WEB_THREADS", default=4) // 2)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
STRIPE_SECRET_KEY: str = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET: str = env.str("STRIPE_WEBHOOK_SECRET", default="")
# Where the gateway's page stands (a domain of one's own can be set with Stripe). Browsers hold the redirection that
# answers a form to `form-action` too.
STRIPE_PAGE: str = env.str("STRIPE_PAGE", default="https://checkout.stripe.com")
if STRIPE_SECRET_KEY:
    SECURE_CSP["form-action"].append(STRIPE_PAGE)
# --- how it is watched -----------------------------------------------------------------------
LOG_FORMAT: str = env.str("LOG_FORMAT", default="line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("LOG_FORMAT is “json”, or “line”.")
_level: str = env.str("LOG_LEVEL", default="WARNING")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "maillage.core.watching.logs.Line"},
        "json": {"()": "maillage.core.watching.logs.Json"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": _level},
    "loggers": {
        # One line a request and a job, for machines; for people, when they ask for it (LOG_LEVEL=INFO).
        "maillage.requests": {"level": "INFO" if LOG_FORMAT == "json" else _level},
        "maillage.jobs": {"level": "INFO" if LOG_FORMAT == "json" else _level},
        "procrastinate": {"level": "WARNING"},
        # Django writes to its own handlers too, which tell of addresses of pages.
        "django": {"handlers": [], "level": "INFO" if DEBUG else "WARNING"},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
SENTRY_DSN: str = env.str("SENTRY_DSN", default="")
LEAFLET_CONFIG = {"RESET_VIEW": False, "NO_GLOBALS": False}
