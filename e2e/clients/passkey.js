#!/usr/bin/env node
// Uses a passkey on the pages in Debian's Chromium, whose authenticator is a virtual one.
//
//   passkey.js URL USERNAME PASSWORD
//
// Signs in with the password, adds a passkey, signs out, signs in with the passkey alone, signs out, and
// signs in with the password and then the passkey. Prints one JSON object: "titles" of the pages that
// answered, "codes" (the number of recovery codes), and "errors" that the browser reports.
'use strict';

const { chromium } = require('playwright-core');

const [url, username, password] = process.argv.slice(2);
const seen = { titles: [], codes: 0, errors: [] };

// quiet keeps the browser from looking for its maker's hosts.
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

async function press(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
  seen.titles.push(await page.title());
}

async function signOut(page) {
  await page.goto(`${url}/account`);
  await page.click('.topbar details.menu > summary');
  await press(page, '#sign-out');
}

async function enterPassword(page) {
  await page.fill('#username', username);
  await page.fill('#password', password);
  await press(page, '#sign-in');
}

async function journey(page) {
  await page.goto(`${url}/login`);
  await enterPassword(page);
  await page.goto(`${url}/account/security/second-factor`);
  await press(page, '#add-passkey');
  await page.fill('#name', 'Laptop');
  await press(page, '#create-passkey');
  seen.codes = await page.locator('#recovery li').count();
  await signOut(page);
  await press(page, '[data-passkey=get]');
  await signOut(page);
  await enterPassword(page);
  await press(page, '[data-passkey=get]');
}

async function main() {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
  try {
    const page = await (await browser.newContext()).newPage();
    page.on('console', (message) => { if (message.type() === 'error') seen.errors.push(message.text()); });
    page.on('pageerror', (fault) => seen.errors.push(String(fault)));
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', { options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
    } });
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
