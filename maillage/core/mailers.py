"""`EMAIL_URL` as an entry of Django's MAILERS."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BACKENDS = {"console": "console", "dummy": "dummy", "memory": "locmem", "file": "filebased", "smtp": "smtp"}


def mailer(url: str, *, backend: str = "") -> dict[str, Any]:
    """`smtp://user:password@host:587/?tls=1` (`tls`, `ssl`, `timeout`), `file:/folder`, `console:`, `memory:`…

    `backend` names a class (Anymail's, for example) and takes precedence; its own settings configure it.
    Raises ImproperlyConfigured for an unknown scheme.
    """
    if backend:
        return {"BACKEND": backend}
    parts = urlsplit(url)
    if parts.scheme not in BACKENDS:
        raise ImproperlyConfigured(f"EMAIL_URL: unknown scheme {parts.scheme!r}; use one of {', '.join(BACKENDS)}")
    entry: dict[str, Any] = {"BACKEND": f"django.core.mail.backends.{BACKENDS[parts.scheme]}.EmailBackend"}
    if parts.scheme == "file":
        entry["OPTIONS"] = {"file_path": parts.path}
    if parts.scheme == "smtp":
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        entry["OPTIONS"] = {
            "host": parts.hostname or "localhost",
            "port": parts.port or 25,
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": query.get("tls") == "1",
            "use_ssl": query.get("ssl") == "1",
            "timeout": int(query.get("timeout", "10")),
        }
    return entry
