/** The look of the live page: light or dark as the system is, from 360 pixels up. Colours hold a contrast of 4.5:1. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --card: #ffffff; --line: #dde1e7; --ink: #1a1f26; --soft: #5a6472;
  --bad: #b3261e; --bad-ground: #fdecea; --warn: #8a5300; --warn-ground: #fff4de; --good: #1a6b3c; --good-ground: #e9f6ee;
  --line-chart: #3d6fb4; --track: #e6e9ee;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #11151a; --card: #1a2027; --line: #2d3640; --ink: #e8ecf1; --soft: #9aa6b4;
    --bad: #ff8a80; --bad-ground: #3a1c1b; --warn: #ffc266; --warn-ground: #35290f; --good: #7fd6a0; --good-ground: #15301f;
    --line-chart: #7eaef2; --track: #2b333d;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
header, main, footer { max-width: 1500px; margin: 0 auto; padding: 0 20px; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; padding-top: 16px; }
h1 { font-size: 1.05rem; margin: 0; letter-spacing: .01em; }
h2 { font-size: .8rem; margin: 28px 0 8px; text-transform: uppercase; letter-spacing: .07em; color: var(--soft); }
p { margin: 0; }
.soft { color: var(--soft); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
#connection { margin-left: auto; font-size: .875rem; color: var(--soft); }
#connection::before { content: ""; display: inline-block; width: .55em; height: .55em; margin-right: .5em; border-radius: 50%; background: var(--soft); }
[data-connection="live"] #connection::before { background: var(--good); }
[data-connection="lost"] #connection { color: var(--bad); font-weight: 600; }
[data-connection="lost"] #connection::before { background: var(--bad); }
[data-connection="lost"] main > section:not(.summary) { opacity: .55; }

.summary { margin-top: 14px; padding: 18px 20px; border-radius: 10px; background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--soft); }
.summary strong { display: block; font-size: clamp(1.35rem, 1.1rem + 1.3vw, 2rem); line-height: 1.2; font-weight: 650; }
.summary p { margin-top: 6px; max-width: 110ch; color: var(--soft); }
.summary p:empty { display: none; }
.summary[data-state="ok"] { border-left-color: var(--good); }
.summary[data-state="suspect"] { border-left-color: var(--warn); background: var(--warn-ground); }
.summary[data-state="suspect"] strong { color: var(--warn); }
.summary[data-state="leak"], .summary[data-state="lost"] { border-left-color: var(--bad); background: var(--bad-ground); }
.summary[data-state="leak"] strong, .summary[data-state="lost"] strong { color: var(--bad); }
.summary[data-state="leak"] p, .summary[data-state="suspect"] p, .summary[data-state="lost"] p { color: var(--ink); }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 12px; }
.card { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--warn); border-radius: 10px; padding: 14px 16px; }
.card.alert { border-left-color: var(--bad); }
.card h3 { margin: 0; font-size: 1.05rem; line-height: 1.3; }
.card .code { font-size: .8rem; color: var(--soft); }
.card dl { display: grid; grid-template-columns: 1fr 1fr; gap: 10px 16px; margin: 12px 0 0; }
.card dt { font-size: .78rem; color: var(--soft); }
.card dd { margin: 0; font-weight: 600; }
.card .who { margin-top: 12px; padding-top: 10px; border-top: 1px solid var(--line); }
.card .who p + p { margin-top: 4px; font-size: .9rem; color: var(--soft); }

.limits { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)); gap: 12px; }
.limit { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.limit .top { display: flex; justify-content: space-between; gap: 10px; align-items: baseline; }
.limit .name { font-weight: 600; }
.bar { height: 10px; margin: 8px 0; border-radius: 5px; background: var(--track); overflow: hidden; }
.bar > div { height: 100%; min-width: 2px; background: var(--line-chart); border-radius: 5px; }
.limit.suspect .bar > div { background: var(--warn); }
.limit.leak .bar > div { background: var(--bad); }
.limit p { font-size: .875rem; color: var(--soft); }
.limit.suspect .end { color: var(--warn); font-weight: 600; }
.limit.leak .end { color: var(--bad); font-weight: 600; }

table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
th { text-align: left; font-weight: 600; }
thead th { font-size: .8rem; color: var(--soft); padding: 9px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody th, tbody td { padding: 9px 12px; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { min-width: 110px; }
.value { font-weight: 600; white-space: nowrap; }
.numbers { display: flex; flex-wrap: wrap; gap: 0 8px; align-items: baseline; }
.growth { font-size: .78rem; color: var(--soft); white-space: nowrap; }
td.leak .value, td.leak .growth { color: var(--bad); }
td.suspect .value, td.suspect .growth { color: var(--warn); }
.spark { display: block; width: 100%; min-width: 64px; max-width: 220px; height: 26px; margin-top: 2px; color: var(--line-chart); }
td.leak .spark { color: var(--bad); }
td.suspect .spark { color: var(--warn); }
.spark path { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.spark path + path { fill: currentColor; stroke: none; opacity: .12; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: .8rem; font-weight: 600; white-space: nowrap; color: var(--soft); background: var(--track); }
.badge.ok { color: var(--good); background: var(--good-ground); }
.badge.suspect { color: var(--warn); background: var(--warn-ground); }
.badge.leak { color: var(--bad); background: var(--bad-ground); }

.events { list-style: none; margin: 0; padding: 4px 16px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.events li { display: flex; flex-wrap: wrap; gap: 2px 12px; padding: 7px 0; }
.events li + li { border-top: 1px solid var(--line); }
footer { padding-top: 24px; padding-bottom: 28px; font-size: .85rem; color: var(--soft); }
footer p + p { margin-top: 4px; }
a { color: inherit; }

@media (max-width: 820px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  table, tbody { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px 12px; padding: 12px; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, tbody td { display: block; padding: 0; border: 0; min-width: 0; }
  tbody th { grid-column: span 2; }
  tbody td.state { text-align: right; }
  tbody td:not(.state)::before { content: attr(data-label); display: block; font-size: .75rem; color: var(--soft); }
  .spark { min-width: 0; }
}
`;
