/**
 * The live page, one string with all it needs, made when the program starts. Its policy allows exactly this style, this
 * script and this server, so that a hostile process name that got past everything else still could not run.
 */
import { createHash } from 'node:crypto';
import { PAGE_COLUMNS, PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';

export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>leakwatch</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body data-connection="waiting">
<header>
<h1>leakwatch</h1>
<p class="soft" id="where"></p>
<p id="connection">connecting</p>
</header>
<main>
<section class="summary" id="summary" data-state="waiting" aria-label="Summary">
<strong id="headline">Connecting</strong>
<p id="subline"></p>
<noscript><p>This page needs JavaScript. The same is in /api/v1/report and /metrics.</p></noscript>
</section>
<div class="unseen" id="announcement" role="status" aria-live="assertive"></div>
<section id="findings" aria-labelledby="findings-title" hidden>
<h2 id="findings-title">Findings</h2>
<div class="cards" id="cards"></div>
</section>
<section id="limits-section" aria-labelledby="limits-title" hidden>
<h2 id="limits-title">Limits</h2>
<div class="limits" id="limits"></div>
</section>
<section id="groups" aria-labelledby="groups-title" hidden>
<h2 id="groups-title">Groups</h2>
<table role="table" aria-labelledby="groups-title">
<thead role="rowgroup"><tr role="row">
<th scope="col" role="columnheader">Group</th><th scope="col" role="columnheader">Verdict</th>
${PAGE_COLUMNS.map((title) => `<th scope="col" role="columnheader">${title}</th>`).join('')}
</tr></thead>
<tbody role="rowgroup" id="rows"></tbody>
</table>
</section>
<section id="recent" aria-labelledby="recent-title" hidden>
<h2 id="recent-title">Since this page was opened</h2>
<ol class="events" id="events"></ol>
</section>
</main>
<footer>
<p id="own"></p>
<p id="losses"></p>
<p><a href="/metrics">/metrics</a> · <a href="/api/v1/report">/api/v1/report</a></p>
</footer>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;

/** Content-Security-Policy of the page. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(PAGE_SCRIPT)}'`,
  `style-src '${hashOf(PAGE_STYLE)}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
