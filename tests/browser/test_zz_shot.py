import pytest
import sqlalchemy as sa
from tests.demo_site import PEOPLE
pytestmark = pytest.mark.browser
@pytest.mark.parametrize("dark,width,lang", [(False,1440,"en"),(True,360,"zh_CN"),(False,360,"en")])
def test_shot(served, open_page, dark, width, lang):
    with served.site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET language = :l WHERE username = :n"), {"l": lang, "n": PEOPLE["admin"]})
    page = open_page(width, 900, dark=dark)
    page.goto("/reports/new?type=Opportunity")
    page.wait_for_selector("#preview table")
    page.click("[data-new-bucket]")
    page.fill("[name=bucket_label]","Size")
    page.select_option("[name=bucket_field]","Amount")
    rows=page.locator(".rb-bucket")
    rows.nth(0).locator("[name=name]").fill("Small")
    rows.nth(0).locator("[name=below]").fill("50000")
    rows.nth(1).locator("[name=name]").fill("Large")
    page.screenshot(path=f"/tmp/w/rb-{width}-{dark}-{lang}-1.png")
    page.keyboard.press("Enter")
    page.click("[data-group=Bucket1]")
    page.click("[data-new-bucket]")
    page.select_option("[name=bucket_field]","StageName")
    page.screenshot(path=f"/tmp/w/rb-{width}-{dark}-{lang}-2.png")
    page.keyboard.press("Escape")
    page.locator("[data-filters] > summary").press("Enter")
    page.locator("[data-add-cross]").press("Enter")
    page.wait_for_selector("#cross-dialog [data-rule]")
    page.screenshot(path=f"/tmp/w/rb-{width}-{dark}-{lang}-3.png")
    page.locator("#cross-dialog [type=submit]").click()
    page.locator("details:has([data-rows-form]) > summary").press("Enter")
    page.wait_for_timeout(600)
    page.screenshot(path=f"/tmp/w/rb-{width}-{dark}-{lang}-4.png", full_page=True)
