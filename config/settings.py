"""Every setting, read once from the environment; docs/configuration.md lists them.

A bad value stops the start and names its variable. A secret may come from a file: SECRET_KEY
from SECRET_KEY_FILE, RUNBOARD_KEYS from RUNBOARD_KEYS_FILE.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import dj_database_url
import structlog
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from environs import Env

from config.keys import embedded_socket, key_from_file

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# State: database, keys, controller home and logs of the embedded default.
STATE = Path(env.str("RUNBOARD_STATE", "") or BASE_DIR / ".runboard").expanduser().resolve()
STATE.mkdir(mode=0o700, parents=True, exist_ok=True)


def secret(name: str, default_file: str, make: Callable[[], str]) -> str:
    """A secret from NAME, from the file that NAME_FILE names, or made under the state folder."""
    if value := env.str(name, ""):
        return value
    path = env.path(f"{name}_FILE", None)
    return path.read_text().strip() if path else key_from_file(STATE / "keys" / default_file, make)


SECRET_KEY = secret("SECRET_KEY", "secret_key", get_random_secret_key)
# Fernet keys, newest first, separated by commas: the first encrypts, all decrypt.
RUNBOARD_KEYS = secret("RUNBOARD_KEYS", "encryption", lambda: Fernet.generate_key().decode()).split(
    ","
)

DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)  # of ours, between people and the web server
# Where `make demo` listens on 127.0.0.1, and the password of its people ("": made once).
RUNBOARD_PORT = env.int("RUNBOARD_PORT", 8000)
JENKINS_PORT = env.int("JENKINS_PORT", 8090)
DEMO_PASSWORD = env.str("DEMO_PASSWORD", "")
# Where this Runboard is reached from outside, for links in Jenkins and in the terminal.
# A running demo writes where it is, for commands that are given its state folder only.
SERVED_AT = STATE / "served-at"
_served_at = f"http://127.0.0.1:{RUNBOARD_PORT}/"
if SERVED_AT.exists() and "RUNBOARD_PORT" not in os.environ:
    _served_at = SERVED_AT.read_text()
RUNBOARD_URL = env.str("RUNBOARD_URL", _served_at).rstrip("/")
HTTPS = RUNBOARD_URL.startswith("https://")

# Rules of runs
RERUNS_MAX = env.int("RERUNS_MAX", 10)  # most that the rerun parameter may ask for
NOT_AFTER_S = env.int("NOT_AFTER_S", 3600)  # a launch that Jenkins has not taken by then is off
CONSOLE_CAP_BYTES = env.int("CONSOLE_CAP_BYTES", 512 * 1024 * 1024)  # what is kept of one console
SECRETS_KEPT_S = 24 * 3600  # password parameters of a launch nobody settled
JENKINS_CONNECT_TIMEOUT_S = env.float("JENKINS_CONNECT_TIMEOUT_S", 2.0)
JENKINS_READ_TIMEOUT_S = env.float("JENKINS_READ_TIMEOUT_S", 10.0)
CATALOGUE_EVERY_S = env.int("CATALOGUE_EVERY_S", 300)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "dashboard.shared",
    "dashboard.people",
    "dashboard.controllers",
    "dashboard.runs",
    "dashboard.results",
    "dashboard.launching",
    "dashboard.history",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.shared.htmx.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.controllers.context.lamps",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader"],
                )
            ]
            if not DEBUG
            else ["django.template.loaders.filesystem.Loader"],
            "builtins": [
                "django.templatetags.static",
                "dashboard.shared.templatetags.runboard",
                "dashboard.runs.templatetags.looks",
            ],
        },
    }
]

# SQLite: IMMEDIATE, else one write in eight fails with "database is locked" under load.
DATABASES = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL", f"sqlite:///{STATE / 'runboard.sqlite3'}"), conn_max_age=60
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
        "PRAGMA mmap_size=134217728;PRAGMA cache_size=-8000;PRAGMA temp_store=MEMORY",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", f"unix://{embedded_socket(STATE)}")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "runboard",
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.15, "SOCKET_TIMEOUT": 0.15},
    },
    # Rendered headers and rows, by the versions they show: once in each process is enough
    "fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    },
    # Hundreds of KB each, and such a cache drops what is too old only where it is full
    "boards": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "boards",
        "OPTIONS": {"MAX_ENTRIES": 30},
    },
}
DJANGO_REDIS_IGNORE_EXCEPTIONS = True  # Redis away is a cache miss; sessions are in the database
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "people:sign_in"
LOGIN_REDIRECT_URL = "runs:board"
LOGOUT_REDIRECT_URL = "people:sign_in"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "dashboard.people.addresses.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "people/locked_out.html"
AXES_ENABLE_ADMIN = False

# A launch form may hold 2 MB of text; line ends, which go out as %0D%0A, can make six of each
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

# Celery carries nudges only: no ETA, no results, early acknowledgement (docs/adr).
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "health_check_interval": 5,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # ticks need no memory of the last run
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": every_s, "options": {"expires": 2 * every_s}}
    for name, every_s in {
        "launching.tick": 1.0,
        "runs.tick": 1.0,
        "results.tick": 1.0,
        "controllers.tick": 5.0,
        "people.tidy": 3600.0,
    }.items()
}

STATIC_URL = "static/"
STATIC_ROOT = STATE / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = False
USE_TZ = True

LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "event"]),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"axes": {"level": "WARNING"}, "celery": {"level": "WARNING"}},
}
