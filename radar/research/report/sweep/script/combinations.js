// The combinations of one asset: their values of each axis, and their metrics.

function unpackFloats(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  return new Float32Array(bytes.buffer);
}

class Combinations {
  constructor(packed, axes) {
    this.asset = packed.asset;
    this.before = packed.before;
    this.after = packed.after;
    this.numbers = unpackSteps(packed.numbers);
    this.count = this.numbers.length;
    this.axes = axes;
    this.packed = packed.values;
    this.metrics = new Map();
    // The last axis varies fastest.
    const lengths = axes.map((axis) => axis.values.length);
    this.steps = lengths.map((_, place) => lengths.slice(place + 1).reduce((product, length) => product * length, 1));
  }

  // The value of an axis, as its place among the axis' values.
  place(row, axis) {
    return Math.floor(this.numbers[row] / this.steps[axis]) % this.axes[axis].values.length;
  }

  metric(name) {
    if (!this.metrics.has(name)) this.metrics.set(name, unpackFloats(this.packed[name]));
    return this.metrics.get(name);
  }

  command(row) {
    const sets = this.axes.map((axis, place) => `--set ${axis.overrides[this.place(row, place)]}`);
    return [this.before, ...sets, this.after].filter((part) => part !== "").join(" ");
  }
}

function isKnown(value) {
  return !Number.isNaN(value);
}

// The best first.
function ordered(values, metric) {
  return [...values].sort((one, other) => (one === other ? 0 : (one < other) === metric.more ? 1 : -1));
}

// Best, median or worst of values that are known.
function statisticOf(values, metric, name) {
  if (values.length === 0) return NaN;
  const sorted = ordered(values, metric);
  if (name === "best") return sorted[0];
  if (name === "worst") return sorted[sorted.length - 1];
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle];
  return sorted[middle - 1] === sorted[middle] ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function figure(value, metric) {
  if (value === Infinity) return "∞";
  const text = number(value, metric.digits);
  return text === NOTHING || metric.unit === "" ? text : `${text}${THIN}${metric.unit}`;
}
