"""Looks at the live page while a run is going: live_page.py ADDRESS LINES [SCREENSHOT].

Exits with 0 once the page has shown the given number of lines, drawn as they arrived, and the run's end.
"""
import sys

from chromium import Chromium


def main(address, lines, screenshot=None):
    with Chromium() as browser:
        browser.open(address)
        steps = """Number([...document.querySelectorAll('.tile')].find((tile) =>
            tile.textContent.startsWith('steps'))?.querySelector('.value').textContent)"""
        if not browser.wait("!!document.querySelector('.badge.running')"):
            return "the page says that the run is going on"
        seen = set()
        while len(seen) < 3 and browser.wait(f"{steps} > {max(seen, default=-1)}"):
            seen.add(browser.value(steps))
        if len(seen) < 3:
            return f"the page follows the run: steps seen {sorted(seen)}"
        if screenshot:
            browser.screenshot(screenshot, whole=True)
        if not browser.wait(f"{steps} === {lines - 1}", 60):
            return f"the last of {lines} lines arrives: {browser.value(steps)}"
        if not browser.wait("/completed/.test(document.querySelector('.facts-line').textContent)"):
            return "the end of the run is shown"
        if not browser.value("!!document.querySelector('.chart path[fill=none]')"):
            return "there are curves"
        if not browser.wait("!!document.querySelector('figure img')"):
            return "the picture that was made on the way is shown"
        if browser.messages:
            return f"nothing is on the console: {browser.messages}"
        elsewhere = [url for url in browser.requests if not url.startswith((address, "data:"))]
        return f"nothing comes from elsewhere: {elsewhere}" if elsewhere else None


failure = main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:4])
if failure:
    print("does not hold: " + failure)
sys.exit(1 if failure else 0)
