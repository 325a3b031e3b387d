"""Every component in a real browser: both widths, both themes, by keyboard, and without JavaScript."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from emporion.ui import specimens
from tests.browser.screen import LOOKS, PHONE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.requirement("UX-01")]


@pytest.fixture(autouse=True)
def living(settings) -> None:  # type: ignore[no-untyped-def]
    settings.SHOW_UI = True


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_all_components_are_accessible_and_fit_the_screen(screen: Callable[..., Screen], width: int, theme: str) -> None:
    seen = screen(width=width, theme=theme)
    for frame in specimens.FRAMES:
        seen.open(f"/ui/{frame}/")
        assert seen.problems() == [], frame


UNEVEN = """[...document.querySelectorAll("td, th, dd, .num, .amount, .sum *")].filter(one =>
  [...one.childNodes].some(node => node.nodeType === 3 && /[0-9]/.test(node.data))
  && !getComputedStyle(one).fontVariantNumeric.includes("tabular-nums")).map(one => one.outerHTML)"""


def test_digits_that_stand_under_each_other_are_equally_wide(screen: Callable[..., Screen]) -> None:
    seen = screen()
    for frame in specimens.FRAMES:
        assert seen.open(f"/ui/{frame}/").evaluate(UNEVEN) == [], frame


def test_a_dialog_and_a_menu_open_and_close_by_keyboard(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    page.get_by_role("button", name="Rename", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Rename agent")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Rename agent")).to_be_hidden()
    opener = page.get_by_role("button", name="Actions for docs.halyard.example")
    opener.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Open", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_menu_opens_beside_its_button(screen: Callable[..., Screen]) -> None:
    page = screen(width=PHONE).open("/ui/")
    opener = page.get_by_role("button", name="Actions for docs.halyard.example")
    opener.click()
    menu, button = page.locator("#row-menu").bounding_box(), opener.bounding_box()
    assert menu is not None
    assert button is not None
    assert 0 <= menu["x"] <= PHONE - menu["width"]
    assert abs(menu["y"] - (button["y"] + button["height"])) < 12


def test_the_palette_goes_anywhere(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or go to").fill("market")
    expect(page.locator("#palette-results [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui/public/")


def test_a_slash_starts_a_search_but_not_while_somebody_writes(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="Search your agents")
    expect(field).to_be_focused()
    page.keyboard.press("/")
    expect(field).to_have_value("/")


def test_the_theme_changes_at_once_and_stays(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    page.locator("main").get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_theme_and_the_numbers_of_a_chart_need_no_javascript(screen: Callable[..., Screen]) -> None:
    page = screen(scripts=False).open("/ui/")
    expect(page.locator("#calls tbody tr").first).to_be_visible()
    page.locator("main").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_chart_is_drawn_from_its_table(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    expect(page.locator("#calls canvas")).to_be_visible()
    page.locator("#calls .u-over").hover()
    expect(page.locator("#calls [data-reading]")).to_contain_text("Calls")


def test_a_copied_text_is_confirmed_on_the_button(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    key = page.locator("section[aria-label='Key']")
    key.get_by_role("button").click()
    expect(key.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "emp_live_7Qm2dLx9vK3wB8nT"


def test_code_languages_switch_by_arrow_keys(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    page.get_by_role("tab", name="Python").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="curl")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name="curl")).to_be_visible()
    expect(page.get_by_role("tabpanel", name="Python")).to_be_hidden()


def test_a_deleted_row_goes_at_once_and_undo_brings_it_back(screen: Callable[..., Screen]) -> None:
    seen = screen(width=360)
    page = seen.open("/ui/")
    delete = page.get_by_role("button", name="Delete rate-card-2026.pdf")
    delete.click()
    expect(delete).to_be_hidden()
    toast = page.locator("#toasts")
    expect(toast).to_contain_text("Deleted rate-card-2026.pdf")
    toast.locator("p").evaluate("said => { said.textContent = 'stables.example:8443/lessons-and-prices-2026.html is deleted.' }")
    expect(toast.get_by_role("button", name="Dismiss")).to_be_in_viewport(ratio=1)
    toast.get_by_role("button", name="Undo").click()
    expect(delete).to_be_visible()
    expect(toast.locator(".toast")).to_have_count(0)
    assert seen.complaints == []


def test_a_row_that_could_not_be_deleted_comes_back(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    page.route("**/ui/undo/", lambda route: route.fulfill(status=503))
    delete = page.get_by_role("button", name="Delete rate-card-2026.pdf")
    with page.expect_response("**/ui/undo/"):
        delete.click()
    expect(delete).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("nothing was changed")


def test_dropped_files_are_sent(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.locator("[data-drop] input").first.set_input_files({"name": "a.md", "mimeType": "text/markdown", "buffer": b"# A"})
    assert "multipart/form-data" in sent.value.headers["content-type"]


def folder(place: Path) -> Path:
    for name in ("docs/guide/index.md", "docs/index.md", "docs/logo.png", "docs/.git/config.md"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(name)
    return place / "docs"


CATCH = """() => document.addEventListener("submit", (event) => {
  event.preventDefault();
  document.body.dataset.sent = new FormData(event.target).getAll("files").map((file) => file.name).sort().join(" ").trim();
}, { once: true })"""


def test_of_a_chosen_folder_what_can_be_read_is_sent_with_its_path(screen: Callable[..., Screen], tmp_path: Path) -> None:
    page = screen().open("/ui/")
    page.evaluate(CATCH)
    page.get_by_label("Choose a folder").set_input_files(folder(tmp_path))
    expect(page.locator("body")).to_have_attribute("data-sent", "docs/guide/index.md docs/index.md")


def test_of_a_dropped_folder_what_can_be_read_is_sent_with_its_path(screen: Callable[..., Screen], tmp_path: Path) -> None:
    page = screen().open("/ui/")
    page.locator("[data-drop]").scroll_into_view_if_needed()
    place = page.locator("[data-drop]").bounding_box()
    data = {"items": [], "files": [str(folder(tmp_path))], "dragOperationsMask": 1}
    tools = page.context.new_cdp_session(page)
    page.evaluate(CATCH)
    for kind in ("dragEnter", "dragOver", "drop"):
        at = {"x": place["x"] + 30, "y": place["y"] + 15}
        tools.send("Input.dispatchDragEvent", {"type": kind, "data": data} | at)
    expect(page.locator("body")).to_have_attribute("data-sent", "docs/guide/index.md docs/index.md")


def test_a_table_turns_into_rows_of_two_lines_on_a_phone(screen: Callable[..., Screen]) -> None:
    table = screen(width=PHONE).open("/ui/").locator("section[aria-label='Table']")
    expect(table.get_by_text("conversations").first).to_be_visible()
    expect(table.locator("thead")).to_be_hidden()


def test_a_receipt_is_printed_light_and_without_controls(screen: Callable[..., Screen]) -> None:
    seen = screen(theme="dark")
    seen.page.emulate_media(media="print")
    page = seen.open("/ui/checkout/")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    expect(page.get_by_role("button", name="Complete purchase")).to_be_hidden()
    expect(page.get_by_text("$1,188")).to_be_visible()


def test_a_double_click_on_a_button_sends_its_form_once(screen: Callable[..., Screen]) -> None:
    page = screen().open("/ui/")
    page.evaluate(
        """() => {
            const form = document.createElement("form");
            form.method = "post";
            form.innerHTML = "<button id=sending>Send</button>";
            window.sent = 0;
            form.addEventListener("submit", (event) => { event.preventDefault(); window.sent += 1; });
            document.querySelector("main").prepend(form);
        }"""
    )
    page.locator("#sending").dblclick()
    assert page.evaluate("window.sent") == 1
    page.locator("#sending").click()
    assert page.evaluate("window.sent") == 2
