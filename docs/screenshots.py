"""The pictures of the README, taken from a running demonstration by a browser, as each role sees them."""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parent / "images"
DESK, TALL, PHONE = (1280, 860), (1280, 1200), (390, 844)
# name, role ("" for a visitor), size, path
PICTURES = [
    ("welcome-desk", "", DESK, "/"),
    ("shop-desk", "membre", TALL, "/marches/outaouais/boutique/?rayon=legumes"),
    ("shop-phone", "membre", PHONE, "/marches/outaouais/boutique/?rayon=legumes"),
    ("cycle-desk", "coordination", DESK, "/marches/outaouais/gestion/cycles/14/"),
    ("report-desk", "direction", DESK, "/rapports/"),
]
FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"


def main(base: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS.split()
        )
        for name, role, size, path in PICTURES:
            take(browser, base, name, role, size, path)
        browser.close()


def take(browser: Browser, base: str, name: str, role: str, size: tuple[int, int], path: str) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="fr-CA")
    page = context.new_page()
    if role:
        page.goto(f"{base}/demonstration/")
        page.locator(f'form[action="/demonstration/{role}/"] button').click()
        page.wait_for_load_state()
    page.goto(base + path)
    if path == "/rapports/":  # the one that reproduces a published report
        page.get_by_text("2022-2023").first.click()
        page.wait_for_load_state()
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"▸ docs/images/{name}.png")
    context.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
