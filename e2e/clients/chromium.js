// Starts Debian's Chromium for the drivers of pages.
'use strict';

const { chromium } = require('playwright-core');

// quiet are flags that disable the browser's own network requests.
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

// launch returns a promise of a browser.
const launch = () => chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });

module.exports = { launch };
