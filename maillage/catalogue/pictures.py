"""Pictures of products: checked, turned upright, stripped of their metadata (a phone writes where it was), bounded.

A picture is stored in two WebP sizes under the digest of what was sent, so that its address never changes meaning
and browsers keep it for a year.
"""

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from functools import cache
from typing import IO

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide
from PIL import Image, ImageOps

from maillage.core import files, uploads
from maillage.core.actions import Refused
from maillage.core.entrusted import KeptFile

LARGE, SMALL = 1200, 400
MAX_BYTES = 12_000_000
MAX_PIXELS = uploads.MAX_PIXELS
NAME = re.compile(r"^produits/[0-9a-f]{32}(-400)?\.webp$")
DEFAULT_ICON = "shopping-basket"


class BadPicture(Refused):
    """Not a picture that can be read, or too heavy."""


def store(file: IO[bytes]) -> str:
    """Keep an uploaded JPEG, PNG or WebP; return its name (« produits/….webp », 1200 pixels at most a side).

    Raises BadPicture, files.DiskFull. The same picture stored twice has one name; one that was lost is written again.
    """
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise BadPicture(_("L'image dépasse 12 Mo. Choisissez-en une plus légère."))
    name = f"produits/{hashlib.sha256(raw).hexdigest()[:32]}.webp"
    if not (files.is_whole(name) and files.is_whole(small_of(name))):
        with uploads.one_at_a_time():
            image = _open(raw)
            made = [(target, _webp(image, size)) for size, target in ((LARGE, name), (SMALL, small_of(name)))]
        for target, content in made:
            files.keep(target, content)
    return name


def _open(raw: bytes) -> Image.Image:
    unreadable = BadPicture(_("Ce fichier n'est pas une image lisible. Envoyez une photo JPEG, PNG ou WebP."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(raw), formats=["JPEG", "PNG", "WEBP"])
            if image.width * image.height > MAX_PIXELS:
                raise BadPicture(_("L'image a trop de pixels (50 millions au plus)."))
            image.draft("RGB", (2 * LARGE, 2 * LARGE))  # a large JPEG is decoded at a half or a quarter
            upright = ImageOps.exif_transpose(image)
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError) as error:
        raise unreadable from error


def _webp(image: Image.Image, size: int) -> bytes:
    smaller = image.copy()
    smaller.thumbnail((size, size), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    smaller.save(buffer, "WEBP", quality=80, method=4)
    return buffer.getvalue()


def small_of(name: str) -> str:
    """The name of the 400-pixel size of a stored picture."""
    return name.removesuffix(".webp") + "-400.webp"


def kept_files() -> Iterator[KeptFile]:
    """The small sizes of products' pictures: their rows name the large ones."""
    from .models import Product

    for name in Product.objects.exclude(picture="").order_by().values_list("picture", flat=True).distinct():
        if NAME.match(name):
            yield KeptFile(small_of(name))


def url(name: str, *, small: bool = True) -> str:
    """The address of a stored picture."""
    return reverse("catalogue:picture", args=[(small_of(name) if small else name).removeprefix("produits/")])


def html(name: str, *, icon: str = "", alt: str = "", small: bool = True, lazy: bool = True) -> SafeString:
    """An `<img>` of a stored picture, or a drawing by category (its lucide `icon`) when `name` is empty."""
    if not name:
        return _placeholder(icon or DEFAULT_ICON)
    return format_html(
        '<span class="product-picture"><img src="{}" alt="{}" width="400" height="400" decoding="async"{}></span>',
        url(name, small=small),
        alt,
        SafeString(' loading="lazy"') if lazy else "",
    )


@cache
def _placeholder(icon: str) -> SafeString:
    drawing = lucide(icon, size=48, **{"aria-hidden": "true", "stroke-width": "1.25"})
    return format_html('<span class="product-picture product-picture-drawn">{}</span>', drawing)
