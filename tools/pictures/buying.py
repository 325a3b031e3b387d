"""Buys at the checkout as a person does, with the sandbox's test card."""

import time

from playwright.sync_api import Page


def buy(page: Page, url: str, slug: str = "docs-agent", plan: str = "pro", cycle: str = "yearly") -> None:
    """Buy a plan, with a new account where nobody is signed in; a fresh agent is then open at its overview."""
    page.goto(f"{url}/checkout/{slug}/?plan={plan}&cycle={cycle}")
    if page.locator("input[name=password]").count():
        page.fill("input[name=name]", "Zoé Marchetti")
        page.fill("input[name=email]", f"zoe-{int(time.time())}@marchetti.example")
        page.fill("input[name=password]", "a long enough passphrase")
        page.locator("details.change:has(input[name=organisation_name]) summary").click()
        page.fill("input[name=organisation_name]", "Larkspur Goods")
    if page.locator("[data-card-number]").count() and page.locator("[data-card-number]").is_visible():
        page.fill("[data-card-number]", "4242 4242 4242 4242")
        page.fill("[data-card-date]", "12 / 34")
        page.fill("[data-card-code]", "123")
    page.check("input[name=terms]")
    page.locator("button.pay, button:has-text('Complete purchase')").first.click()
    page.wait_for_url("**/orders/**")
    welcome = page.locator("a[href*='/welcome/']")
    if welcome.count():
        welcome.first.click()
        page.locator("button[name=skip]").first.click()
        page.wait_for_url("**/agents/*/")
