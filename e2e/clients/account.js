#!/usr/bin/env node
// Signs in on the pages in Debian's Chromium and uses every page of the account.
//
//   account.js URL USERNAME PASSWORD KEY [script|noscript] [LANGUAGE]
//
// Opens URL/account, signs in, looks at each page of the account on a phone and on a desk, in light and
// in dark, adds the SSH key KEY, creates an access token, ends the session with the button in the menu,
// and opens the account again.
//
// Prints one JSON object: "titles" of the pages in their order, "token" that was created, "last" path
// after the sign-out, "wide" (pages that are wider than their window), "same_colors" (pages whose dark side has
// the colours of the light one), "errors" (errors that the browser reports, such as what the
// Content-Security-Policy forbids), and "other_hosts" (requests to any other host).
'use strict';

const { chromium } = require('playwright-core');

const [url, username, password, key, script = 'script', language = 'en'] = process.argv.slice(2);
const seen = { titles: [], token: null, last: '', wide: [], same_colors: [], errors: [], other_hosts: [] };

// quiet keeps the browser from looking for its maker's hosts.
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

function watch(page) {
  page.on('console', (message) => { if (message.type() === 'error') seen.errors.push(message.text()); });
  page.on('pageerror', (fault) => seen.errors.push(String(fault)));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host) seen.other_hosts.push(request.url());
  });
}

// look checks the page at two widths and in both colour schemes. Without scripts the browser runs none
// of ours either, so it only notes the title.
async function look(page) {
  const title = await page.title();
  seen.titles.push(title);
  if (script === 'noscript') return;
  for (const width of [360, 1200]) {
    await page.setViewportSize({ width, height: 800 });
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    if (widest > width) seen.wide.push(`${title}: ${widest} of ${width}`);
  }
  const colors = [];
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    colors.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color));
  }
  if (colors[0] === colors[1]) seen.same_colors.push(title);
}

// press sends the form of a button and looks at the page that answers.
async function press(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
  await look(page);
}

async function journey(page) {
  await page.goto(`${url}/account`);
  await look(page);
  await page.fill('#username', username);
  await page.fill('#password', 'not the password');
  await press(page, '#sign-in');
  await page.fill('#password', password);
  await press(page, '#sign-in');
  for (const path of ['security', 'organizations', 'activity', 'data', 'keys']) {
    await page.goto(`${url}/account/${path}`);
    await look(page);
  }
  await page.fill('#key', key);
  await press(page, 'form[action$="/account/keys/ssh"] button[type=submit]');
  await page.fill('#name', 'nightly report');
  await page.check('#scope_read_api');
  await press(page, 'form[action$="/account/keys/tokens"] button[type=submit]');
  seen.token = await page.textContent('#token');
  await page.click('.topbar details.menu > summary');
  await press(page, '#sign-out');
  await page.goto(`${url}/account/keys`);
  seen.last = new URL(page.url()).pathname;
}

async function main() {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
  try {
    const context = await browser.newContext({ javaScriptEnabled: script !== 'noscript', locale: language });
    const page = await context.newPage();
    watch(page);
    await journey(page);
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(seen));
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
