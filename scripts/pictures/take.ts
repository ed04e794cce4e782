/** Takes the pictures of the README: the live page with a leak in it, and the report on a log. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startServer } from '../../src/web/server.ts';
import { Browser, findBrowser } from '../../test/support/browser.ts';
import { leakingWeb } from '../../test/support/heroku-logs.ts';
import { until } from '../../test/support/until.ts';
import { withPalette } from './png-palette.ts';
import { INTERVAL_SECONDS, NOW, pointsOf, scene, VERSION } from './scene.ts';

/** Lower than any page, so that nothing empty is below it. */
const VIEW = { width: 1200, height: 300 };

export async function takePictures(directory: string): Promise<void> {
  const path = findBrowser();
  if (path === undefined) throw new Error('there is no chromium to take pictures with (Debian package chromium)');
  const browser = await Browser.start(path);
  try {
    writeFileSync(join(directory, 'page.png'), withPalette(await pageOf(browser)));
    writeFileSync(join(directory, 'logs.png'), withPalette(await logsOf(browser)));
  } finally {
    await browser.close();
  }
}

/** The clock of the browser stands still at the time of the scene, so that the picture is the same every time. */
const STOPPED_CLOCK = `{
  const now = ${NOW * 1000};
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...args) { super(...(args.length > 0 ? args : [now])); }
    static now() { return now; }
    static parse() { return now; }
  };
}`;

async function pageOf(browser: Browser): Promise<Buffer> {
  const server = await startServer({
    listen: { host: '127.0.0.1', port: 0 },
    prometheus: { render: () => Promise.reject(new Error('nobody scrapes a picture')) },
    getPublication: scene,
    getSeries: pointsOf,
    intervalSeconds: INTERVAL_SECONDS,
    version: VERSION,
    identity: { source: 'web.1', dyno: 'local.1', host: 'web-7c9f', app: 'shop', release: 'v43' },
    mostConnections: () => 256,
    log: console,
  });
  try {
    await browser.open(server.address, { ...VIEW, prologue: STOPPED_CLOCK });
    const drawn =
      '[...document.querySelectorAll(".spark path:first-child")].every((path) => path.getAttribute("d") || path.closest("td").textContent.includes("–"))';
    await until(() => browser.evaluate(`document.querySelector("#rows tr") !== null && ${drawn}`), {
      what: 'the charts to be drawn',
    });
    return await browser.picture();
  } finally {
    await server.close();
  }
}

async function logsOf(browser: Browser): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'leakwatch-pictures-'));
  try {
    const [log, html] = [join(directory, 'web.log'), join(directory, 'report.html')];
    writeFileSync(log, leakingWeb().text());
    execFileSync(process.execPath, ['dist/leakwatch.cjs', 'logs', log, '--html', html], { stdio: 'ignore' });
    await browser.open(pathToFileURL(html).href, VIEW);
    // The first chart is enough: the rest are smaller ones of the same kind.
    await browser.evaluate(`{
      const chart = document.querySelector('svg');
      while (chart.nextSibling) chart.nextSibling.remove();
      while (chart.parentElement.nextSibling) chart.parentElement.nextSibling.remove();
      document.body.style.paddingBottom = '20px';
    }`);
    return await browser.picture();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
