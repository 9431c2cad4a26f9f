#!/usr/bin/env node
// Runs Debian's Chromium for a test that decides each step.
//
//   browser.js URL [FOLDER]
//
// Reads one JSON object a line from the standard input, for example {"do": "goto", "page": 1, "url": "/login"},
// and writes one JSON object for it: the state of the page afterwards, or {"error": TEXT}. The commands are the
// members of `commands`. Ends at the end of the input.
//
// With FOLDER, "look" writes pictures of the page there: NAME-desktop-light.png and so on.
'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');
const { axe, sizes, violations, tooWide, reflow, structure, keyboard } = require('./accessibility');
const { launch } = require('./chromium');

const [first, folder] = process.argv.slice(2);

const deadline = 5 * 60_000; // milliseconds for one step; the machine may be slow
const virtualAuthenticator = {
  protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: false,
};

let browser;
const pages = new Map(); // by number

// state describes the page of an entry. It takes the errors that the browser reported since the last state.
async function state(entry) {
  const { page, errors, status } = entry;
  entry.errors = [];
  return { status, title: await page.title(), path: new URL(page.url()).pathname, errors };
}

// navigate waits until act led to a page.
async function navigate(entry, act) {
  const [response] = await Promise.all([entry.page.waitForNavigation(), act()]);
  entry.status = response ? response.status() : 0;
  return state(entry);
}

// deadLinks requests each link of the page once with the cookies of the page.
async function deadLinks(entry) {
  const targets = await entry.page.evaluate(() => [...document.querySelectorAll('a[href]')].map((link) => link.href));
  const dead = [];
  for (const target of new Set(targets)) {
    const url = new URL(target);
    if (url.pathname + url.search === new URL(entry.page.url()).pathname + new URL(entry.page.url()).search) {
      if (url.hash && !(await entry.page.$(`[id="${decodeURIComponent(url.hash.slice(1))}"]`))) dead.push(target);
      continue;
    }
    url.hash = '';
    if (entry.followed.has(url.href)) continue;
    entry.followed.add(url.href);
    const response = url.origin === new URL(entry.base).origin && (await entry.context.request.get(url.href, { timeout: deadline }));
    if (!response || !response.ok()) dead.push(`${target}: ${response ? response.status() : 'another host'}`);
  }
  return dead;
}

async function shoot(page, name) {
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}

// noteAwaitedPasskey sets window.passkeyAwaited when the page has asked for a passkey that is chosen in a field.
function noteAwaitedPasskey() {
  const get = CredentialsContainer.prototype.get;
  CredentialsContainer.prototype.get = function (options) {
    const answer = get.call(this, options);
    window.passkeyAwaited = options?.mediation === 'conditional';
    return answer;
  };
}

// present says whether the user of the virtual authenticator confirms requests.
const present = (entry, enabled) => entry.devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: entry.authenticator, enabled });

const commands = {
  // open opens a window with cookies of its own: {page, base, locale, noscript, phone, passkeys, noautofill,
  // strangers}.
  async open({ page: number, base = first, locale = 'en', noscript = false, phone: small = false, passkeys = false, noautofill = false, strangers = false }) {
    const context = await browser.newContext({
      baseURL: base, locale, javaScriptEnabled: !noscript, viewport: small ? sizes.phone : sizes.desktop, reducedMotion: 'reduce',
      colorScheme: 'light',
    });
    context.setDefaultTimeout(deadline);
    // noautofill stands for a browser that offers passkeys by a button only.
    if (noautofill) await context.addInitScript(() => { delete window.PublicKeyCredential.isConditionalMediationAvailable; });
    if (passkeys) await context.addInitScript(noteAwaitedPasskey);
    const page = await context.newPage();
    const entry = { base, context, page, noscript, autofill: passkeys && !noautofill, errors: [], status: 0, followed: new Set() };
    pages.set(number, entry);
    page.on('console', (message) => { if (message.type() === 'error') entry.errors.push(message.text()); });
    page.on('pageerror', (fault) => entry.errors.push(String(fault)));
    page.on('request', (request) => {
      if (!strangers && new URL(request.url()).origin !== new URL(base).origin) entry.errors.push(`request to ${request.url()}`);
    });
    if (passkeys) {
      entry.devtools = await context.newCDPSession(page);
      await entry.devtools.send('WebAuthn.enable');
      entry.authenticator = (await entry.devtools.send('WebAuthn.addVirtualAuthenticator', { options: virtualAuthenticator })).authenticatorId;
    }
    return state(entry);
  },
  async goto(entry, { url }) {
    const response = await entry.page.goto(url);
    entry.status = response ? response.status() : 0;
    return state(entry);
  },
  // frames opens a page and returns the texts of its frames.
  async frames(entry, { url }) {
    await entry.page.goto(url, { waitUntil: 'load' });
    const frames = entry.page.frames().slice(1);
    return { ...(await state(entry)), frames: await Promise.all(frames.map((frame) => frame.locator('body').innerText())) };
  },
  // fill fills in fields, by selector, and chooses the options of selects.
  async fill(entry, { fields }) {
    for (const [selector, value] of Object.entries(fields)) {
      const field = entry.page.locator(selector);
      if (await field.evaluate((element) => element.tagName === 'SELECT')) await field.selectOption(value);
      else await field.fill(value);
    }
    return state(entry);
  },
  // press clicks an element that leads to a page.
  press: (entry, { selector }) => navigate(entry, () => entry.page.click(selector)),
  // click clicks an element that leads to no page.
  async click(entry, { selector }) {
    await entry.page.click(selector);
    return state(entry);
  },
  // download fills in fields and clicks an element that leads to a file. If "then" is given, the file comes after a page:
  // a script requests it there, or without scripts a click on that element.
  async download(entry, { selector, fields = {}, then }) {
    const { page } = entry;
    for (const [field, value] of Object.entries(fields)) await page.fill(field, value);
    const saved = page.waitForEvent('download');
    if (then) {
      await navigate(entry, () => page.click(selector));
      if (entry.noscript) await page.click(then);
    } else {
      await page.click(selector);
    }
    const file = await saved;
    return { ...(await state(entry)), saved: fs.readFileSync(await file.path(), 'utf8') };
  },
  // passkey clicks an element that asks the browser for a passkey, and lets the authenticator answer. A request of the
  // page that waits for a choice in a field must have begun before, because the authenticator would answer that one.
  async passkey(entry, { selector }) {
    const { page } = entry;
    if (entry.autofill) await page.waitForFunction(() => !document.querySelector('[autocomplete~=webauthn]') || window.passkeyAwaited);
    const left = page.waitForNavigation();
    await present(entry, true);
    await Promise.race([page.click(selector), left]);
    const response = await left;
    await present(entry, false);
    entry.status = response ? response.status() : 0;
    return state(entry);
  },
  // autofill loads the page again and chooses a passkey in its field. The virtual authenticator answers a request that
  // begins while its user is present, so the choice is made at once.
  async autofill(entry) {
    const { page } = entry;
    await present(entry, true);
    const { pathname } = new URL(page.url());
    const left = page.waitForResponse((response) => response.request().isNavigationRequest() && response.ok() && new URL(response.url()).pathname !== pathname);
    await page.reload({ waitUntil: 'commit' });
    entry.status = (await left).status();
    await page.waitForURL((url) => url.pathname !== pathname);
    await present(entry, false);
    return state(entry);
  },
  // type reaches each field with the tab key, types its value, and sends the form with the return key. Fields are
  // selected by name.
  async type(entry, { fields }) {
    const { page } = entry;
    const open = new Set(Object.keys(fields));
    for (let press = 0; press < 60 && open.size > 0; press++) {
      const name = await page.evaluate(() => document.activeElement.name || '');
      if (open.delete(name)) {
        await page.keyboard.press('Control+A');
        await page.keyboard.type(fields[name]);
      }
      if (open.size > 0) await page.keyboard.press('Tab');
    }
    if (open.size > 0) throw new Error(`the tab key does not reach ${[...open]}`);
    return navigate(entry, () => page.keyboard.press('Enter'));
  },
  // reach moves to an element with the tab key and presses the return key. The element leads to a page unless "stays".
  async reach(entry, { selector, stays = false }) {
    const { page } = entry;
    for (let press = 0; press < 60; press++) {
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) {
        if (!stays) return navigate(entry, () => page.keyboard.press('Enter'));
        await page.keyboard.press('Enter');
        return state(entry);
      }
      await page.keyboard.press('Tab');
    }
    throw new Error(`the tab key does not reach ${selector}`);
  },
  // texts returns the texts of the elements that match.
  async texts(entry, { selector }) {
    return { texts: (await entry.page.locator(selector).allTextContents()).map((text) => text.trim()) };
  },
  // look checks the page on a desktop and on a phone, in light and in dark, and its links. It returns "problems".
  async look(entry, { name }) {
    const { page } = entry;
    if (entry.noscript) return { problems: [] };
    const problems = [...(await deadLinks(entry)), ...(await structure(page))];
    const before = page.viewportSize();
    await page.evaluate(axe.source);
    const colors = [];
    for (const [device, size] of Object.entries(sizes)) {
      await page.setViewportSize(size);
      problems.push(...(await tooWide(page, `on a ${device}`)));
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        colors.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
        problems.push(...(await violations(page, `${device}, ${colorScheme}`, (device === 'desktop') !== (colorScheme === 'light'))));
        await shoot(page, `${name}-${device}-${colorScheme}`);
      }
    }
    problems.push(...(await reflow(page)));
    await page.setViewportSize(sizes.desktop);
    problems.push(...(await keyboard(page)));
    if (new Set(colors).size !== (await page.evaluate(() => ('theme' in document.documentElement.dataset ? 1 : 2)))) problems.push(`background colors ${colors}`);
    await page.setViewportSize(before);
    await page.emulateMedia({ colorScheme: null });
    return { problems };
  },
};

async function answer(command) {
  if (command.do === 'open') return commands.open(command);
  return commands[command.do](pages.get(command.page), command);
}

async function main() {
  browser = await launch();
  try {
    for await (const line of readline.createInterface({ input: process.stdin })) {
      const result = await answer(JSON.parse(line)).catch((fault) => ({ error: String(fault.stack || fault) }));
      console.log(JSON.stringify(result));
    }
  } finally {
    await browser.close();
  }
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
