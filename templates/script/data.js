/* Unpacks what chart_data.py packed. Steps are counted from a run's base: numbers here end at 2^53, steps do not. */

const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

function unpackSteps(text) {
  const bytes = bytesOf(text);
  const steps = [];
  let step = 0, gap = 0, weight = 1;
  for (const byte of bytes) {
    gap += (byte & 127) * weight;
    weight *= 128;
    if (byte < 128) {
      step += gap;
      steps.push(step);
      gap = 0;
      weight = 1;
    }
  }
  return Float64Array.from(steps);
}

const unpackValues = (text) => new Float32Array(bytesOf(text).buffer);

/* Index of the last knot at or below x; -1 below the first. */
function below(xs, x) {
  let low = -1, high = xs.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle; else high = middle;
  }
  return low;
}

function nearest(xs, x) {
  const at = below(xs, x);
  if (at < 0) return 0;
  if (at + 1 >= xs.length) return xs.length - 1;
  return x - xs[at] <= xs[at + 1] - x ? at : at + 1;
}

/* Piecewise linear through (xs, ys), straight on beyond both ends. */
function interpolate(xs, ys, x) {
  const at = Math.min(Math.max(below(xs, x), 0), xs.length - 2);
  const width = xs[at + 1] - xs[at];
  return width > 0 ? ys[at] + (ys[at + 1] - ys[at]) * (x - xs[at]) / width : ys[at];
}

class RunData {
  constructor(raw, shift = 0) {
    this.raw = raw;
    this.base = BigInt(raw.base);
    this.shift = shift;
    this.unpacked = new Map();
  }

  line(curve) {
    if (!this.unpacked.has(curve)) {
      const key = `x${curve.x}`;
      if (!this.unpacked.has(key)) {
        const steps = unpackSteps(this.raw.steps[curve.x]);
        this.unpacked.set(key, this.shift ? steps.map((step) => step + this.shift) : steps);
      }
      this.unpacked.set(curve, {
        x: this.unpacked.get(key), y: unpackValues(curve.y), style: curve.role.replaceAll("_", "-"), label: curve.series,
      });
    }
    return this.unpacked.get(curve);
  }

  /* Curves of these roles that hold a point; unpacked only when `lines` asks. */
  curves(roles) {
    return roles.flatMap((role) => this.raw.curves.filter((curve) => curve.role === role && this.raw.steps[curve.x] !== ""));
  }

  lines(roles) {
    return this.curves(roles).map((curve) => this.line(curve));
  }

  /* First and last step of all curves, as offsets. */
  get whole() {
    if (!this.range) {
      let low = Infinity, high = -Infinity;
      for (const curve of this.raw.curves) {
        const { x } = this.line(curve);
        if (x.length) { low = Math.min(low, x[0]); high = Math.max(high, x[x.length - 1]); }
      }
      this.range = low < high ? [low, high] : low === high ? [low - 1, high + 1] : [0, 1];
    }
    return this.range;
  }

  shown(axis, step) {
    const map = this.raw.axes[axis];
    return map ? interpolate(map[0], map[1], step) : step;
  }

  stepAt(axis, value) {
    const map = this.raw.axes[axis];
    return map ? interpolate(map[1], map[0], value) : value;
  }

  /* The step itself, exact however large it is. */
  stepName(offset) {
    return groups((this.base - BigInt(this.shift) + BigInt(Math.round(offset))).toString());
  }
}

/* Exponential moving average that weighs by distance in steps, so that thinned stretches count as much as full ones. */
function smoothed(line, amount) {
  const { x, y } = line;
  const typical = x.length > 1 ? (x[x.length - 1] - x[0]) / (x.length - 1) : 1;
  const out = new Float32Array(y.length);
  let level = NaN;
  for (let at = 0; at < y.length; at++) {
    const kept = at ? amount ** Math.min(8, (x[at] - x[at - 1]) / typical) : 0;
    if (!Number.isFinite(y[at])) { out[at] = NaN; continue; }
    level = Number.isFinite(level) ? level * kept + y[at] * (1 - kept) : y[at];
    out[at] = level;
  }
  return { x, y: out, style: "smooth", label: "smoothed" };
}
