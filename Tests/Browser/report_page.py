"""Looks at a report in headless Chromium: report_page.py FILE RUNS [SCREENSHOT].

Exits with 0 where everything holds, else with 1 and a line for each thing that does not.
"""
import os
import sys

from chromium import Chromium

failures = []


def check(holds, what):
    if not holds:
        failures.append(what)


def drawing(browser):
    check(browser.value("document.querySelectorAll('.chart').length >= 4"), "there are four charts")
    check(browser.value("""[...document.querySelectorAll('.chart .plot')].every((plot) =>
        [...plot.querySelectorAll('path')].some((path) => path.getAttribute('d').length > 40))"""),
          "every chart has a curve")
    check(not browser.value("[...document.querySelectorAll('.plot')].some((one) => /NaN|Infinity/.test(one.innerHTML))"),
          "no coordinate is NaN")
    check(browser.value("!!document.querySelector('pre .keyword')"), "the script is shown")
    check(browser.value("document.querySelectorAll('pre .line').length > 2"), "it has lines")


def hostility(browser):
    """The test's runs carry markup in every text that they have."""
    check(browser.value("window.pwned === undefined"), "no text of a run is run")
    check(browser.value("document.body.textContent.includes('</script><script>window.pwned')"),
          "markup in texts is shown as text")
    check(browser.value("document.querySelectorAll('#page script, #page iframe, #page img[src=x]').length === 0"),
          "no text of a run becomes an element")


def comparison(browser, runs):
    rows = browser.value("document.querySelectorAll('.wide tr').length")
    check(rows == (runs + 1 if runs > 1 else 0), f"a row for each of {runs} runs, not {rows}")
    legends = browser.value("document.querySelector('.chart').querySelectorAll('.legend button').length")
    check(legends == (runs if runs > 1 else 0), "a curve for each run")


def slider(browser):
    at = "document.querySelector('.stage').style.getPropertyValue('--at')"
    check(browser.wait("document.querySelector('.stage img').naturalWidth > 0"), "pictures load")
    check(browser.value(at) == "50%", "the slider begins in the middle")
    browser.drag(".stage input", 0.3)
    value = float(browser.value(at).rstrip("%"))
    check(75 < value < 85, f"dragging moves the slider to 80 %, not {value} %")
    clipped = browser.value("getComputedStyle(document.querySelector('.stage .above')).clipPath")
    check(clipped.startswith("inset(0"), f"the left picture is cut there: {clipped}")
    browser.value("""(() => { const select = document.querySelector('.choices select');
        select.value = 0; select.dispatchEvent(new Event('change')); })()""")
    check(browser.value("""document.querySelector('.stage .above img').src
        === document.querySelector('.thumbs img').src"""), "another picture can be chosen")


def pointer(browser):
    box = browser.box(".chart .plot svg")
    browser.move(box["x"], box["y"])
    check(browser.wait("!!document.querySelector('.tip')", 3), "values are shown under the pointer")
    check(browser.value("/cost/.test(document.querySelector('.tip').textContent)"), "with their cost")
    browser.move(2, 2)
    check(browser.wait("!document.querySelector('.tip')", 3), "and go with it")
    before = browser.value("document.querySelector('.chart path[fill=none]').getAttribute('d')")
    browser.value("document.querySelector('.chart .toggles button').click()")
    after = browser.value("document.querySelector('.chart path[fill=none]').getAttribute('d')")
    check(before != after, "the logarithmic axis can be switched off")
    browser.value("document.querySelector('.chart .toggles button').click()")


def appearance(browser):
    paper = "getComputedStyle(document.body).backgroundColor"
    light = browser.value(paper)
    browser.value("document.querySelector('.controls button').click()")
    check(browser.value(paper) != light, "the theme can be changed")
    browser.value("document.querySelector('.controls button').click()")
    for width in (1280, 1024, 640):
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                     deviceScaleFactor=1, mobile=False)
        browser.wait(f"innerWidth === {width}")
        browser.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        wide = browser.value("document.documentElement.scrollWidth")
        check(wide <= width, f"at {width} pixels the page is {wide} wide")


def main(path, runs, screenshot=None):
    with Chromium() as browser:
        browser.open("file://" + os.path.abspath(path))
        browser.wait("!!document.querySelector('.chart svg')")
        if screenshot:
            browser.screenshot(screenshot, whole=True)
        drawing(browser)
        hostility(browser)
        comparison(browser, runs)
        slider(browser)
        pointer(browser)
        appearance(browser)
        check(not browser.messages, f"nothing on the console: {browser.messages}")
        elsewhere = [url for url in browser.requests if not url.startswith(("file://", "data:"))]
        check(not elsewhere, f"nothing from elsewhere: {elsewhere}")


main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:4])
for failure in failures:
    print("does not hold: " + failure)
sys.exit(1 if failures else 0)
