"""Outside values for test/stats: writes trend.json beside itself.

Run with Debian bookworm's python3-scipy 1.10.1: /usr/bin/python3 test/vectors/make-trend-vectors.py
kendalltau gives tau-b and the two-sided p-value of S / sqrt(variance) without continuity correction; S and the variance
follow from them. theilslopes gives Sen's interval with its ranks rounded to the nearest.
"""

import json
import os
import random

import numpy as np
import scipy
from scipy import special, stats

random.seed(20260101)


def series():
    yield 'rising', list(range(10))
    yield 'falling', [30 - 3 * i for i in range(9)]
    yield 'three values', [2, 1, 3]
    yield 'two forward, one back', [43, 43, 45, 45, 44, 44, 46, 46, 45, 45, 47]
    yield 'one step', [5] * 6 + [9] * 6
    yield 'one wild value', [1, 2, 3, 4, 500, 6, 7, 8]
    for n in (4, 5, 8, 12, 24, 32, 64):
        yield f'counts {n}', [random.randint(0, 6) for _ in range(n)]
        yield f'noise {n}', [round(random.gauss(100, 20), 6) for _ in range(n)]
        yield f'trend {n}', [round(0.7 * i + random.gauss(0, 4), 6) for i in range(n)]


def trend(name, y, t):
    """y may hold None (unknown); t are seconds."""
    known = [i for i, value in enumerate(y) if value is not None]
    t_known = np.array([t[i] for i in known], dtype=float)
    y_known = np.array([y[i] for i in known], dtype=float)
    row = {'name': name, 't': t, 'y': y}
    if len(set(t_known)) == len(t_known):
        tau, p = stats.kendalltau(t_known, y_known, method='asymptotic')
        pairs = len(known) * (len(known) - 1) / 2
        _, counts = np.unique(y_known, return_counts=True)
        tied = float(sum(c * (c - 1) / 2 for c in counts))
        row['tau'] = tau
        row['s'] = round(tau * np.sqrt(pairs * (pairs - tied)))
        row['twoSidedP'] = p
    lines = []
    for confidence in (0.5, 0.9, 0.99):
        line = stats.theilslopes(y_known, t_known, alpha=confidence, method='joint')
        lines.append({'confidence': confidence, 'slope': line.slope, 'low': line.low_slope, 'high': line.high_slope,
                      'intercept': line.intercept})
    row['lines'] = lines
    return row


rows = []
for name, y in series():
    rows.append(trend(name, y, [20 * i for i in range(len(y))]))
for n in (12, 32):
    y = [None if random.random() < 0.3 else random.randint(0, 50) for _ in range(n)]
    rows.append(trend(f'gaps {n}', y, [20 * i for i in range(n)]))
    t = np.cumsum([round(random.uniform(1, 40), 3) for _ in range(n)]).round(3).tolist()
    rows.append(trend(f'uneven times {n}', [random.randint(0, 50) for _ in range(n)], t))
    t = sorted(random.randint(0, 3) for _ in range(n))
    rows.append(trend(f'equal times {n}', [random.randint(0, 50) for _ in range(n)], t))

cdf_at = np.concatenate([np.linspace(-37, 9, 185), [-2.0000001, -1.9999999, 1.9999999, 2.0000001, 1e-8, -1e-300]])
quantile_at = np.concatenate([10.0 ** -np.linspace(0.1, 300, 120), np.linspace(0.01, 0.99, 99), 1 - 10.0 ** -np.arange(2, 16),
                              [0.5 + 1e-9, 0.075, 0.925]])

out = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'trend.json')
with open(out, 'w') as file:
    json.dump({
        'madeBy': f'make-trend-vectors.py, scipy {scipy.__version__}',
        'normalCdf': [[float(x), float(special.ndtr(x))] for x in cdf_at],
        'normalQuantile': [[float(p), float(special.ndtri(p))] for p in quantile_at],
        'quantile': [[y, q, float(np.quantile(y, q))] for y in ([3], [1, 2], [5, 1, 4, 2, 2, 9, 7])
                     for q in (0, 0.05, 0.25, 0.5, 0.9, 1)],
        'trends': rows,
    }, file, separators=(',', ':'), allow_nan=False)
    file.write('\n')
