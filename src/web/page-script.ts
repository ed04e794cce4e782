/**
 * What the live page does in the browser: fetches the report, draws it, and does so again whenever the server says that
 * there is a new sample; if it cannot listen it asks once an interval. Names of processes are hostile: every text goes
 * in as textContent, and no markup is ever built from a string.
 */
import { METRICS, type Metric, type Resource } from '../model/metrics.ts';

/** Heading of the column, and what a sentence calls it. */
const METRIC_WORDS: Readonly<Record<Metric, readonly [title: string, noun: string]>> = {
  threads: ['Threads', 'threads'],
  zombies: ['Zombies', 'zombies'],
  processes: ['Processes', 'processes'],
  fds: ['Open files', 'file descriptors'],
  rss: ['Memory', 'memory'],
  anon: ['Anonymous', 'anonymous memory'],
};

const RESOURCE_WORDS: Readonly<Record<Resource, readonly [title: string, noun: string]>> = {
  threads: ['Threads and processes', 'thread'],
  memory: ['Memory', 'memory'],
  fds: ['Open files of one process', 'file descriptor'],
};

const metrics = METRICS.map(({ name, unit, resource }) => {
  const [title, noun] = METRIC_WORDS[name];
  return { name, unit, resource, title, noun };
});

export const PAGE_COLUMNS: readonly string[] = metrics.map(({ title }) => title);

export const PAGE_SCRIPT = `'use strict';
const METRICS = ${JSON.stringify(metrics)};
const RESOURCES = ${JSON.stringify(RESOURCE_WORDS)};
const MOST_CARDS = 12;
const MOST_RECENT = 20;
const SERIES_AT_ONCE = 4;
const RELOAD_SERIES_EVERY = 15;
const RANK = { leak: 0, suspect: 1, learning: 2, ok: 3 };

const byId = (id) => document.getElementById(id);
const metricOf = (name) => METRICS.find((metric) => metric.name === name) || { name, unit: 'count', title: name, noun: name };

let report;
let receivedAt = 0;
let failure = '';
let answered = false;
let announced = '';
let samples = 0;
const recent = [];
const rows = new Map();
const series = new Map();

// ---- words

function count(number) {
  return Number.isInteger(number) ? number.toLocaleString('en') : number.toLocaleString('en', { maximumFractionDigits: 1 });
}

function bytes(number) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let value = Math.abs(number);
  while (value >= 1024 && at < units.length - 1) { value /= 1024; at++; }
  return (number < 0 ? '-' : '') + (value >= 100 || at === 0 ? Math.round(value) : value.toFixed(1)) + ' ' + units[at];
}

function quantity(number, unit) {
  if (number === undefined) return 'unknown';
  return unit === 'bytes' ? bytes(number) : count(number);
}

function duration(seconds) {
  const s = Math.max(0, seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds));
  if (s < 100) return s + ' s';
  const minutes = Math.round(s / 60);
  if (minutes < 100) return minutes + ' min';
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return hours + ' h' + (minutes % 60 && hours < 10 ? ' ' + (minutes % 60) + ' min' : '');
  const days = Math.floor(hours / 24);
  return days + ' d' + (hours % 24 && days < 10 ? ' ' + (hours % 24) + ' h' : '');
}

function clockTime(t) {
  const date = new Date(t * 1000);
  const sameDay = new Date().toDateString() === date.toDateString();
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return sameDay ? time : date.toLocaleDateString([], { day: 'numeric', month: 'short' }) + ' ' + time;
}

/** Per hour, or per day where an hour would round to nothing. */
function rate(perSecond, unit) {
  const perHour = perSecond * 3600;
  const small = unit === 'bytes' ? 10240 : 1;
  const [number, word] = Math.abs(perHour) >= small ? [perHour, '/h'] : [perHour * 24, '/day'];
  return (number >= 0 ? '+' : '') + quantity(unit === 'bytes' || Math.abs(number) < 10 ? number : Math.round(number), unit) + word;
}

/** "unicorn is leaking threads" */
function sentence(event) {
  const noun = metricOf(event.metric).noun;
  const limit = (RESOURCES[metricOf(event.metric).resource] || ['', event.metric])[1];
  if (event.code === 'W21') return event.group + ' has reached its ' + limit + ' limit';
  if (event.code === 'W20') return event.group + ' will reach its ' + limit + ' limit';
  if (event.code === 'W30') return event.group + (event.at === 'alert' ? ' crashes' : ' may be crashing') + ' again and again';
  if (event.code === 'W31') return event.group + ' has processes that lost their parent';
  if (event.code === 'W40') return event.group + ' has more workers than fit its memory';
  return event.group + (event.at === 'alert' ? ' is leaking ' : ' may be leaking ') + noun;
}

// ---- elements

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// ---- the summary

function standing() {
  return [...report.standing].sort((a, b) => {
    const alert = (a.at === 'alert' ? 0 : 1) - (b.at === 'alert' ? 0 : 1);
    return alert || endOf(a) - endOf(b) || b.t - a.t;
  });
}

function seriesOf(event) {
  const group = report.groups.find((candidate) => candidate.name === event.group);
  return group && group.series.find((candidate) => candidate.metric === event.metric);
}

/** It speaks of a process itself, and not of what grows in it. */
function isOfProcess(event) {
  return event.code === 'W30' || event.code === 'W31';
}

/** The numbers of now where there are any, else those that the event was told with. */
function evidenceOf(event) {
  if (isOfProcess(event) || event.code === 'W40') return event.evidence;
  const now = seriesOf(event);
  return now && now.evidence.slopePerSecond !== undefined ? now.evidence : event.evidence;
}

function endOf(event) {
  const end = evidenceOf(event).exhaustionSeconds;
  return end === undefined ? Infinity : end;
}

/** Good news must not outlive its source: what is too old is told as what it is. */
function summary() {
  if (!report) {
    if (failure) return { state: 'lost', headline: 'leakwatch does not answer', text: 'Trying again. Is it running?' };
    if (!answered) return { state: 'waiting', headline: 'Loading', text: 'Asking for the last sample.' };
    return { state: 'waiting', headline: 'Waiting for the first sample', text: 'It comes within an interval of the start.' };
  }
  const last = findings();
  if (!isStale()) return last;
  const headline = failure ? 'leakwatch does not answer' : 'No new sample';
  return { state: 'lost', headline, text: 'The last word, of ' + clockTime(report.t) + ', ' + duration(age()) + ' ago: ' + last.headline + '.' };
}

/** Seconds since the last news. */
function age() {
  return (performance.now() - receivedAt) / 1000;
}

/** A restart takes a moment, and a sample may be late; more than that is a silence. */
function isStale() {
  return age() > (failure ? 1.5 : 3) * report.self.intervalSeconds + 2;
}

function findings() {
  const events = standing();
  const all = report.groups.flatMap((group) => group.series);
  if (events.length > 0) return trouble(events);
  if (report.groups.length === 0) {
    return { state: 'waiting', headline: 'Nothing to watch', text: 'No process is seen here but leakwatch itself. Is this the right host, and --procfs the right directory?' };
  }
  const learning = all.filter((one) => one.verdict === 'learning' && one.value !== undefined);
  const left = Math.min(...learning.map((one) => one.learningSamplesLeft === undefined ? Infinity : one.learningSamplesLeft));
  const first = Number.isFinite(left) ? duration(left * report.self.intervalSeconds) : '';
  const watched = plural(report.groups.length, 'group');
  if (!all.some((one) => one.verdict === 'ok')) {
    return { state: 'learning', headline: 'Learning what is normal here', text: (first ? 'First verdict in ' + first + '. ' : '') + watched + ' watched; a limit that is reached is told at once.' };
  }
  const still = report.groups.filter((group) => worstOf(group) === 'learning').length;
  return { state: 'ok', headline: 'Nothing is leaking', text: watched + ' watched, and none grows without end.' + (still ? ' ' + plural(still, 'group') + ' still learning.' : '') };
}

function plural(number, noun) {
  return count(number) + ' ' + noun + (number === 1 ? '' : 's');
}

function trouble(events) {
  const worst = events[0];
  const evidence = evidenceOf(worst);
  const parts = [];
  if (evidence.since !== undefined) parts.push('Since ' + clockTime(evidence.since) + ', ' + duration(report.t - evidence.since) + ' ago.');
  const limit = (RESOURCES[metricOf(worst.metric).resource] || ['', worst.metric])[1];
  if (worst.code === 'W21') parts.push('What needs more of it fails now.');
  else if (endOf(worst) <= 0) parts.push('The ' + limit + ' limit is reached.');
  else if (endOf(worst) < Infinity) parts.push('At this pace the ' + limit + ' limit is reached in ' + duration(endOf(worst)) + '.');
  const more = events.length - 1;
  if (more > 0) parts.push(plural(more, 'more finding') + ' below.');
  return { state: worst.at === 'alert' ? 'leak' : 'suspect', headline: sentence(worst), text: parts.join(' ') };
}

function drawSummary() {
  const { state, headline, text } = summary();
  byId('summary').dataset.state = state;
  setText(byId('headline'), headline);
  setText(byId('subline'), text);
  document.title = (state === 'leak' ? '● ' : '') + headline + ' – leakwatch';
  if (announced !== headline) {
    announced = headline;
    setText(byId('announcement'), headline + '. ' + text);
  }
}

// ---- findings

function drawFindings() {
  const events = standing();
  byId('findings').hidden = events.length === 0;
  const cards = events.slice(0, MOST_CARDS).map(card);
  if (events.length > MOST_CARDS) cards.push(make('p', 'soft', plural(events.length - MOST_CARDS, 'more finding') + '; see /api/v1/report.'));
  byId('cards').replaceChildren(...cards);
}

function card(event) {
  const { unit } = metricOf(event.metric);
  const evidence = evidenceOf(event);
  const now = seriesOf(event);
  const box = make('article', 'card ' + event.at);
  box.append(make('h3', '', sentence(event)), make('p', 'code', event.code + ' ' + event.desc));
  const facts = make('dl');
  const fact = (name, text) => {
    const pair = make('div');
    pair.append(make('dt', '', name), make('dd', '', text));
    facts.append(pair);
  };
  const value = now ? now.value : event.value;
  if (value !== undefined) fact(isOfProcess(event) ? 'Processes now' : 'Now', quantity(value, unit));
  if (evidence.restarts !== undefined) fact('Restarts', count(evidence.restarts));
  if (evidence.medianLifeSeconds !== undefined) fact('Half lived no longer than', duration(evidence.medianLifeSeconds));
  if (evidence.workersFit !== undefined) {
    fact('Workers', count(evidence.workers) + ' x ' + quantity(evidence.workerBytes, 'bytes'));
    fact('Fit', count(evidence.workersFit));
  }
  if (evidence.orphans !== undefined) fact('Without their parent', count(evidence.orphans));
  if (evidence.slopePerSecond !== undefined) fact('Growth', rate(evidence.slopePerSecond, unit));
  if (evidence.since !== undefined) fact('Since', clockTime(evidence.since) + ' (' + duration(report.t - evidence.since) + ')');
  if (event.code === 'W21' || endOf(event) <= 0) fact('Limit', 'reached');
  else if (!isOfProcess(event)) fact('Limit reached in', endOf(event) < Infinity ? duration(endOf(event)) : 'not in sight');
  box.append(facts);
  if (event.culprit) box.append(who(event, unit));
  return box;
}

function who(event, unit) {
  const { pid, comm, value, growth, children, parent, zombies, inspection } = event.culprit;
  const box = make('div', 'who');
  const name = comm + ' (pid ' + pid + ')';
  if (isOfProcess(event)) {
    const of = event.code === 'W30' ? ' is started by ' : ' was a child of ';
    box.append(make('p', '', name + (parent ? of + parent.comm + ' (pid ' + parent.pid + ')' : '')));
  } else if (zombies) {
    box.append(make('p', '', name + ' has not waited for ' + count(children) + (children === 1 ? ' dead child' : ' dead children') + '; the oldest died ' + duration(zombies.oldestSeconds) + ' before.'));
    if (zombies.names.length > 0) box.append(make('p', '', 'They were: ' + zombies.names.map((one) => one.name + ' × ' + count(one.count)).join(', ')));
  } else if (children !== undefined) {
    box.append(make('p', '', name + ' has ' + count(children) + (children === 1 ? ' living child.' : ' living children.')));
  } else {
    const amount = quantity(value, unit) + (unit === 'bytes' ? '' : ' ' + (value === 1 ? metricOf(event.metric).noun.replace(/s$/, '') : metricOf(event.metric).noun));
    const grown = growth > 0 ? ', ' + quantity(growth, unit) + (unit === 'bytes' ? ' of it' : ' of them') + ' new since the growth began' : '';
    box.append(make('p', '', name + (value === undefined ? '' : ' has ' + amount + grown) + '.'));
  }
  for (const line of inspected(inspection)) box.append(make('p', '', line));
  return box;
}

function inspected(inspection) {
  if (!inspection) return [];
  const { threadFamilies, fdKinds, memory, incomplete } = inspection;
  const lines = [];
  if (threadFamilies) lines.push('Threads: ' + threadFamilies.slice(0, 5).map((one) => one.name + ' × ' + count(one.count) + (one.growth ? ' (+' + count(one.growth) + ')' : '')).join(', '));
  if (fdKinds) lines.push('Open: ' + Object.entries(fdKinds).sort((a, b) => b[1] - a[1]).slice(0, 6).map(([kind, number]) => kind + ' × ' + count(number)).join(', '));
  if (memory) {
    const kinds = [['anonymous', memory.anonBytes], ['file', memory.fileBytes], ['shared', memory.sharedBytes], ['swapped', memory.swapBytes]];
    lines.push('Memory: ' + kinds.filter((kind) => kind[1] !== undefined).map((kind) => kind[0] + ' ' + bytes(kind[1])).join(', '));
  }
  if (incomplete) lines.push('Not all could be seen: ' + incomplete);
  return lines;
}

// ---- limits

function drawLimits() {
  const boxes = [];
  for (const resource of Object.keys(RESOURCES)) {
    const bound = report.bounds[resource];
    if (!bound || !(bound.limit > 0)) continue;
    const unit = resource === 'memory' ? 'bytes' : 'count';
    const ratio = bound.used / bound.limit;
    const end = report.exhaustionSeconds[resource];
    const state = ratio >= 0.95 || end < 3600 ? 'leak' : ratio >= 0.8 || end < 86400 ? 'suspect' : '';
    const box = make('div', 'limit ' + state);
    const top = make('div', 'top');
    top.append(make('span', 'name', RESOURCES[resource][0]), make('span', '', Math.round(ratio * 100) + ' %'));
    const bar = make('div', 'bar');
    const fill = make('div');
    fill.style.width = Math.min(100, Math.max(0, ratio * 100)) + '%';
    bar.append(fill);
    bar.setAttribute('role', 'meter');
    bar.setAttribute('aria-label', RESOURCES[resource][0]);
    bar.setAttribute('aria-valuemin', '0');
    bar.setAttribute('aria-valuemax', String(bound.limit));
    bar.setAttribute('aria-valuenow', String(Math.min(bound.used, bound.limit)));
    bar.setAttribute('aria-valuetext', quantity(bound.used, unit) + ' of ' + quantity(bound.limit, unit));
    const left = Math.max(0, bound.limit - bound.used);
    const line = make('p', '', quantity(bound.used, unit) + ' of ' + quantity(bound.limit, unit) + ', ' + quantity(left, unit) + ' left');
    box.append(top, bar, line);
    if (end !== undefined) box.append(make('p', 'end', end <= 0 ? 'reached' : 'reached in ' + duration(end) + ' at this pace'));
    boxes.push(box);
  }
  if (boxes.length === 0) boxes.push(make('p', 'soft', 'No limit is known here.'));
  byId('limits').replaceChildren(...boxes);
}

// ---- groups

function worstOf(group) {
  const known = group.series.filter((one) => one.value !== undefined);
  const verdicts = (known.length > 0 ? known : group.series).map((one) => one.verdict);
  return verdicts.sort((a, b) => RANK[a] - RANK[b])[0] || 'learning';
}

function newRow(name) {
  const row = make('tr');
  row.setAttribute('role', 'row');
  const head = make('th', '', name);
  head.scope = 'row';
  head.setAttribute('role', 'rowheader');
  const state = make('td', 'state');
  state.setAttribute('role', 'cell');
  const badge = make('span', 'badge');
  state.append(badge);
  row.append(head, state);
  const cells = new Map();
  for (const metric of METRICS) {
    const cell = make('td');
    cell.setAttribute('role', 'cell');
    cell.dataset.label = metric.title;
    const value = make('span', 'value');
    const growth = make('span', 'growth');
    const spark = svg('svg', { class: 'spark', viewBox: '0 0 100 26', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    const line = svg('path', {});
    const area = svg('path', {});
    spark.append(line, area);
    const numbers = make('div', 'numbers');
    numbers.append(value, growth);
    cell.append(numbers, spark);
    row.append(cell);
    cells.set(metric.name, { cell, value, growth, line, area });
  }
  return { row, badge, cells };
}

function svg(tag, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function drawGroups() {
  const groups = report.groups
    .map((group) => ({ group, worst: worstOf(group) }))
    .sort((a, b) => Math.min(RANK[a.worst], 2) - Math.min(RANK[b.worst], 2) || a.group.name.localeCompare(b.group.name, 'en', { numeric: true }));
  byId('groups').hidden = groups.length === 0;
  const names = new Set(groups.map(({ group }) => group.name));
  for (const name of rows.keys()) if (!names.has(name)) forget(name);
  const ordered = groups.map(({ group, worst }) => {
    let row = rows.get(group.name);
    if (!row) { row = newRow(group.name); rows.set(group.name, row); }
    row.badge.className = 'badge ' + worst;
    setText(row.badge, worst);
    for (const metric of METRICS) drawCell(row.cells.get(metric.name), metric, group);
    return row.row;
  });
  const body = byId('rows');
  if (ordered.some((row, at) => body.children[at] !== row) || body.children.length !== ordered.length) body.replaceChildren(...ordered);
}

function drawCell(parts, metric, group) {
  const one = group.series.find((candidate) => candidate.metric === metric.name);
  const loud = one && (one.verdict === 'leak' || one.verdict === 'suspect') ? one.verdict : '';
  parts.cell.className = loud;
  setText(parts.value, !one || one.value === undefined ? '–' : quantity(one.value, metric.unit));
  const slope = one && one.evidence.slopePerSecond;
  setText(parts.growth, loud && slope !== undefined ? rate(slope, metric.unit) : loud);
  drawSpark(parts, series.get(keyOf(group.name, metric.name)), one && one.value);
}

/** From what the server remembers to the value of now; a wobble of a few per cent must not look like a mountain. */
function drawSpark(parts, known, value) {
  const points = [...(known || [])];
  if (value !== undefined && points.length > 0) points.push({ t: report.t, v: value });
  if (points.length < 2) { parts.line.setAttribute('d', ''); parts.area.setAttribute('d', ''); return; }
  const values = points.map((point) => point.v);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const range = Math.max(high - low, 0.15 * high, 4);
  const bottom = (low + high) / 2 - range / 2;
  const start = points[0].t;
  const span = Math.max(1, points[points.length - 1].t - start);
  const path = points.map((point) => (((point.t - start) / span) * 100).toFixed(1) + ' ' + (24 - ((point.v - bottom) / range) * 22).toFixed(1));
  parts.line.setAttribute('d', 'M' + path.join('L'));
  parts.area.setAttribute('d', 'M0 26L' + path.join('L') + 'L100 26Z');
}

// ---- series

const keyOf = (group, metric) => JSON.stringify([group, metric]);
let wanted = [];
let asking = 0;

function forget(group) {
  rows.delete(group);
  for (const metric of METRICS) series.delete(keyOf(group, metric.name));
}

/** As long as leakwatch has been running, within reason. */
function windowSeconds() {
  const { samplesTotal, intervalSeconds } = report.self;
  return Math.max(60, Math.round(Math.min(Math.max(samplesTotal, 32), 32 * 64) * intervalSeconds));
}

function wantSeries(everything) {
  if (document.hidden) return;
  wanted = [];
  for (const group of report.groups) {
    for (const one of group.series) {
      const key = keyOf(group.name, one.metric);
      if (one.value !== undefined && (everything || !series.has(key))) wanted.push([group.name, one.metric]);
    }
  }
  while (asking < SERIES_AT_ONCE && wanted.length > 0) askSeries();
}

async function askSeries() {
  const [group, metric] = wanted.shift();
  asking++;
  try {
    const query = new URLSearchParams({ group, metric, window: windowSeconds() });
    const response = await fetch('/api/v1/series?' + query, { signal: AbortSignal.timeout(10000) });
    if (response.ok) {
      series.set(keyOf(group, metric), (await response.json()).points);
      const row = rows.get(group);
      const now = report.groups.find((candidate) => candidate.name === group);
      if (row && now) drawCell(row.cells.get(metric), metricOf(metric), now);
    }
  } catch {
    wanted = [];
  }
  asking--;
  if (wanted.length > 0) askSeries();
}

// ---- the rest

function drawRecent() {
  byId('recent').hidden = recent.length === 0;
  byId('events').replaceChildren(...recent.map((event) => {
    const item = make('li');
    const what = event.at === 'resolved'
      ? event.group + ': ' + event.desc.replaceAll('_', ' ') + ' is over'
      : sentence(event);
    item.append(make('span', 'soft', clockTime(event.t)), make('span', 'badge ' + ({ alert: 'leak', warn: 'suspect', resolved: 'ok' })[event.at], event.at), make('span', '', what));
    return item;
  }));
}

function drawFooter() {
  const { self } = report;
  const own = ['leakwatch ' + report.version, plural(self.samplesTotal, 'sample'), 'one every ' + duration(self.intervalSeconds)];
  if (self.residentBytes !== undefined) own.push(bytes(self.residentBytes) + ' of memory');
  if (self.cpuSecondsTotal !== undefined) own.push(duration(self.cpuSecondsTotal) + ' of processor time so far');
  setText(byId('own'), own.join(' · '));
  const losses = [];
  if (self.lateTotal > 0) losses.push(plural(self.lateTotal, 'sample') + ' late');
  if (self.failedTotal > 0) losses.push(plural(self.failedTotal, 'sample') + ' failed');
  for (const [what, number] of Object.entries(self.unreadable)) if (number > 0) losses.push(what.replace(':', ' ') + ' × ' + count(number));
  for (const [what, number] of Object.entries(self.droppedTotal)) if (number > 0) losses.push(what.replaceAll('_', ' ') + ' dropped × ' + count(number));
  setText(byId('losses'), losses.length > 0 ? 'Not seen or let go: ' + losses.join(', ') : '');
}

/** Connection, and the age of what is shown: what changes between two samples. */
function drawAge() {
  const stale = report && isStale();
  document.body.dataset.connection = failure || stale ? 'lost' : answered ? 'live' : 'waiting';
  let text = failure || (answered ? 'connected' : 'connecting');
  if (report && failure) text += '; this is of ' + clockTime(report.t) + ', ' + duration(age()) + ' ago';
  else if (stale) text = 'no new sample for ' + duration(age());
  else if (report) text = 'live, sampled at ' + new Date(report.t * 1000).toLocaleTimeString([], { hourCycle: 'h23' });
  setText(byId('connection'), text);
  drawSummary();
}

function draw() {
  if (report) {
    drawFindings();
    drawLimits();
    drawGroups();
    drawFooter();
    byId('limits-section').hidden = false;
  }
  drawAge();
}

// ---- listening

let refreshing;

async function refresh() {
  try {
    const response = await fetch('/api/v1/report', { signal: AbortSignal.timeout(10000) });
    answered = true;
    if (response.status === 503) { failure = ''; draw(); return; }
    if (!response.ok) throw new Error('the server answers ' + response.status);
    const fresh = await response.json();
    failure = '';
    if (!report || fresh.t !== report.t) {
      // What is there when the page is opened may be old already; later ones come as they are taken.
      const old = report ? 0 : Date.parse(response.headers.get('date')) - fresh.t * 1000;
      receivedAt = performance.now() - (old > 0 ? old : 0);
      samples++;
    }
    const restarted = report && fresh.self.samplesTotal < report.self.samplesTotal;
    report = fresh;
    if (restarted) series.clear();
    draw();
    wantSeries(samples % RELOAD_SERIES_EVERY === 0);
  } catch (error) {
    failure = error instanceof TypeError || error.name === 'TimeoutError' ? 'connection lost' : String(error.message);
    draw();
  }
}

/** One at a time; asked for again meanwhile, once more afterwards is enough. */
function refreshSoon() {
  if (refreshing) { refreshing.again = true; return; }
  refreshing = { again: false };
  refresh().finally(() => {
    const { again } = refreshing;
    refreshing = undefined;
    if (again) refreshSoon();
  });
}

let source;

function listen() {
  source = new EventSource('/api/v1/events');
  source.addEventListener('open', refreshSoon);
  source.addEventListener('sample', refreshSoon);
  for (const name of ['alert', 'warn', 'resolved']) {
    source.addEventListener(name, (message) => {
      recent.unshift(JSON.parse(message.data));
      recent.length = Math.min(recent.length, MOST_RECENT);
      drawRecent();
    });
  }
  source.addEventListener('error', refreshSoon);
}

function poll() {
  const seconds = report ? report.self.intervalSeconds : 5;
  setTimeout(() => {
    if (source.readyState !== EventSource.OPEN) refreshSoon();
    if (source.readyState === EventSource.CLOSED) listen();
    poll();
  }, Math.max(2, Math.min(60, seconds)) * 1000);
}

setText(byId('where'), location.host);
setInterval(drawAge, 1000);
document.addEventListener('visibilitychange', () => { if (!document.hidden) { samples = -1; refreshSoon(); } });
draw();
listen();
poll();
refreshSoon();
`;
