"""WSGI entry point, served by Granian (`bin/serve`)."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.settings")

application = get_wsgi_application()

get_resolver().url_patterns  # every page is read now: who is answered at /sante/ can be served  # noqa: B018
