#!/usr/bin/env node
// Opens a page in Debian's Chromium and uses it with the keyboard only.
//
//   pages.js LINK NAME=VALUE...
//
// Opens the link of an email, moves between fields with the tab key, types each value into the field of
// that name, and submits the form with the return key. Without values, it opens every closed element of
// the page instead. Checks each page in the width of a phone and of a desktop, in light and dark.
//
// Prints one JSON object: "status" and "title" of the response to the form, "key" (the API key on that
// page, or null), "wide" (pages that are wider than their window), "same_colors" (pages with the same
// colors in light and dark), "errors" (errors that the browser reports, such as violations of the
// Content-Security-Policy), and "other_hosts" (requests to another host).
'use strict';

const { launch } = require('./chromium');

const [link, ...given] = process.argv.slice(2);
const values = Object.fromEntries(given.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
const seen = { status: 0, title: '', key: null, wide: [], same_colors: [], errors: [], other_hosts: [] };

function watch(page) {
  page.on('console', (message) => { if (message.type() === 'error') seen.errors.push(message.text()); });
  page.on('pageerror', (fault) => seen.errors.push(String(fault)));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(link).host) seen.other_hosts.push(request.url());
  });
}

// look checks the page at two widths and in both color schemes.
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
  if (grounds[0] === grounds[1]) seen.same_colors.push(title);
}

// fill reaches every field with the tab key.
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

// read opens every closed element with the tab and return keys, and checks the page again.
async function read(page) {
  const closed = () => page.evaluate(() => document.querySelectorAll('details:not([open])').length);
  for (let press = 0; press < 600 && (await closed()) > 0; press++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.matches('details:not([open]) > summary'))) await page.keyboard.press('Enter');
  }
  if ((await closed()) > 0) throw new Error(`the keyboard cannot open ${await closed()} elements`);
  seen.status = 200;
  seen.title = await page.title();
  await look(page);
}

async function run(browser) {
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
  const browser = await launch();
  try {
    await run(browser);
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(seen));
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
