#!/usr/bin/env node
// Walks through a page for people in Debian's Chromium, with the keyboard alone.
//
//   pages.js LINK NAME=VALUE...
//
// Opens the link that a letter carries (without any value: a page that is only read, of which every
// place that can be opened is opened), goes from field to field with the tab key, types each value
// into the field of that name, and sends the form with the return key. Looks at each page on a phone
// and on a desk, in light and in dark.
//
// Prints one JSON object: "status" and "title" of the page that answered the form, "key" that it
// shows or null, "wide" (pages that are wider than their window), "alike" (pages whose dark side has
// the colours of the light one), "complaints" (errors that the browser reports, such as what the
// Content-Security-Policy forbids), and "elsewhere" (requests to any other host).
'use strict';

const { chromium } = require('playwright-core');

const [link, ...given] = process.argv.slice(2);
const values = Object.fromEntries(given.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
const seen = { status: 0, title: '', key: null, wide: [], alike: [], complaints: [], elsewhere: [] };

// quiet keeps the browser from looking for its maker's hosts.
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

function watch(page) {
  page.on('console', (message) => { if (message.type() === 'error') seen.complaints.push(message.text()); });
  page.on('pageerror', (fault) => seen.complaints.push(String(fault)));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(link).host) seen.elsewhere.push(request.url());
  });
}

// look tries the page at two widths and in both colour schemes.
async function look(page) {
  const title = await page.title();
  for (const width of [360, 1200]) {
    await page.setViewportSize({ width, height: 800 });
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    if (widest > width) seen.wide.push(`${title}: ${widest} of ${width}`);
  }
  const grounds = [];
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color));
  }
  if (grounds[0] === grounds[1]) seen.alike.push(title);
}

// fill reaches every field by the tab key, as somebody without a mouse does.
async function fill(page) {
  const open = new Set(Object.keys(values));
  for (let press = 0; press < 30 && open.size > 0; press++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => document.activeElement.name || '');
    if (!open.delete(name)) continue;
    await page.keyboard.press('Control+A');
    await page.keyboard.type(values[name]);
  }
  if (open.size > 0) throw new Error(`the tab key does not reach ${[...open]}`);
}

// read opens all that can be opened, by tab and return key, and looks again.
async function read(page) {
  const closed = () => page.evaluate(() => document.querySelectorAll('details:not([open])').length);
  for (let press = 0; press < 600 && (await closed()) > 0; press++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.matches('details:not([open]) > summary'))) await page.keyboard.press('Enter');
  }
  if ((await closed()) > 0) throw new Error(`the keyboard leaves ${await closed()} places closed`);
  seen.status = 200;
  seen.title = await page.title();
  await look(page);
}

async function walk(browser) {
  const page = await browser.newPage();
  watch(page);
  await page.goto(link);
  await look(page);
  if (given.length === 0) return read(page);
  await fill(page);
  const [answer] = await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  seen.status = answer.status();
  seen.title = await page.title();
  await look(page);
  const key = await page.$('#api-key');
  seen.key = key && (await key.textContent());
}

async function main() {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
  try {
    await walk(browser);
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(seen));
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
