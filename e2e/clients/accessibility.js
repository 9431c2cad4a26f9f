// Checks of a page for users of keyboards, screen readers, large text and other colors. Each function returns
// a list of problems.
'use strict';

const axe = require('axe-core');

// The sizes at which pages are looked at. 320 pixels is the reflow of WCAG 1.4.10; 600 is a desktop at 200 % zoom.
const sizes = { desktop: { width: 1200, height: 800 }, phone: { width: 360, height: 740 } };
const narrow = { 'at 400 % zoom': { width: 320, height: 640 }, 'at 200 % zoom': { width: 600, height: 400 } };

// violations returns what axe-core finds wrong with the page. A theme changes colors only: a page is checked by all rules
// at each width, and by those about colors in its other theme.
async function violations(page, where, colorsOnly) {
  const found = await page.evaluate((options) => window.axe.run(document, options), {
    resultTypes: ['violations'], ...(colorsOnly ? { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } } : {}),
  });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${where}: ${rule.id}: ${node.html.slice(0, 200)} (${node.failureSummary})`));
}

// tooWide returns a problem if the page scrolls sideways.
async function tooWide(page, where) {
  const { widest, width } = await page.evaluate(() => ({ widest: document.documentElement.scrollWidth, width: window.innerWidth }));
  return widest > width ? [`${widest} pixels wide ${where}, where ${width} are visible`] : [];
}

// reflow looks at the page at high zoom and with the text spacing of WCAG 1.4.12.
async function reflow(page) {
  const problems = [];
  for (const [where, size] of Object.entries(narrow)) {
    await page.setViewportSize(size);
    problems.push(...(await tooWide(page, where)));
  }
  await page.setViewportSize(sizes.phone);
  problems.push(...(await page.evaluate(() => {
    const spacing = new CSSStyleSheet();
    spacing.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }');
    document.adoptedStyleSheets = [spacing];
    const clipped = [...document.querySelectorAll('button, .btn, h1, h2, label, .badge')].filter((element) => {
      const style = getComputedStyle(element);
      const cut = (of) => of === 'hidden' || of === 'clip';
      return element.clientHeight > 1 && ((cut(style.overflowY) && element.scrollHeight > element.clientHeight + 1) || (cut(style.overflowX) && style.textOverflow !== 'ellipsis' && element.scrollWidth > element.clientWidth + 1));
    });
    const wide = document.documentElement.scrollWidth > window.innerWidth ? [`${document.documentElement.scrollWidth} pixels wide with text spacing`] : [];
    document.adoptedStyleSheets = [];
    return [...wide, ...clipped.map((element) => `text spacing cuts off ${element.outerHTML.slice(0, 200)}`)];
  })));
  return problems;
}

// structure checks what axe-core does not: the errors of a form are focused and connected with their fields, and
// nothing moves for users who asked for that.
const structure = (page) => page.evaluate(() => {
  const problems = [];
  const summary = document.querySelector('main .errors');
  if (summary && document.activeElement !== summary) problems.push(`the errors are not focused, but ${document.activeElement.outerHTML.slice(0, 100)}`);
  for (const error of document.querySelectorAll('main p.error[id]')) {
    const field = document.querySelector(`[aria-describedby~="${CSS.escape(error.id)}"]`);
    if (!field || (field.matches('input, textarea') && field.getAttribute('aria-invalid') !== 'true' && field.type !== 'checkbox')) problems.push(`no field announces ${error.outerHTML}`);
  }
  for (const element of document.querySelectorAll('*')) {
    const { animationName, transitionDuration } = getComputedStyle(element);
    if (animationName !== 'none' || parseFloat(transitionDuration) > 0.01) problems.push(`moves in spite of prefers-reduced-motion: ${element.outerHTML.slice(0, 100)}`);
  }
  return problems;
});

// keyboard moves through the page with the tab key. Each stop must be visible and show the focus, and stops follow the
// order of the document.
async function keyboard(page) {
  const problems = [];
  await page.evaluate(() => {
    document.activeElement.blur();
    window.scrollTo(0, 0);
    window.stops = [];
  });
  for (let press = 0; press < 120; press++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body || window.stops.includes(element)) return null;
      const before = window.stops.at(-1);
      window.stops.push(element);
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const marked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none';
      return {
        html: element.outerHTML.slice(0, 150), marked,
        hidden: box.width === 0 || box.height === 0 || box.bottom <= 0 || box.top >= window.innerHeight,
        backwards: Boolean(before && before.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING),
      };
    });
    if (!stop) break;
    if (!stop.marked) problems.push(`the focus is not visible on ${stop.html}`);
    if (stop.hidden) problems.push(`the focus is on something hidden: ${stop.html}`);
    if (stop.backwards) problems.push(`the focus goes back to ${stop.html}`);
  }
  return problems;
}

module.exports = { axe, sizes, violations, tooWide, reflow, structure, keyboard };
