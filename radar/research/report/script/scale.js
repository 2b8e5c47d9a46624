// Places on an axis, and round values to write beside it.

const TIME_STEPS = [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60];

// Round instants between two, at most `most` of them.
function timeTicks(from, to, most) {
  const step = TIME_STEPS.find((one) => (to - from) / one <= most);
  if (step !== undefined && step < DAY) {
    const ticks = [];
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      ticks.push({ time, text: time % DAY === 0 ? dayText(time) : clock(time), strong: time % DAY === 0 });
    }
    return ticks;
  }
  return step !== undefined ? dayTicks(from, to, step / DAY) : monthTicks(from, to, most);
}

function dayText(time) {
  const date = new Date(time);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

// Days counted from the first of each month, so that the first is always among them.
function dayTicks(from, to, step) {
  const ticks = [];
  for (let time = Math.ceil(from / DAY) * DAY; time <= to; time += DAY) {
    const date = new Date(time);
    const place = date.getUTCDate() - 1;
    if (place % step !== 0 || (place > 0 && place + step > 31)) continue;
    const first = place === 0;
    ticks.push({ time, text: first ? monthText(date) : dayText(time), strong: first });
  }
  return ticks;
}

function monthText(date) {
  return date.getUTCMonth() === 0 ? String(date.getUTCFullYear()) : MONTHS[date.getUTCMonth()];
}

function monthTicks(from, to, most) {
  const months = (to - from) / (30.4 * DAY);
  const step = MONTH_STEPS.find((one) => months / one <= most) ?? 120;
  const start = new Date(from);
  const ticks = [];
  for (let month = start.getUTCFullYear() * 12 + start.getUTCMonth(); ; month += 1) {
    const time = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (time > to) return ticks;
    if (month % step === 0 && time >= from) ticks.push({ time, text: monthText(new Date(time)), strong: month % 12 === 0 });
  }
}

// Round numbers between two, about `most` of them.
function valueTicks(low, high, most) {
  const raw = (high - low) / Math.max(most, 1);
  if (!(raw > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw * 0.999);
  const ticks = [];
  for (let place = Math.ceil(low / step - 1e-9); place * step <= high + step * 1e-9; place += 1) ticks.push(place * step);
  return ticks;
}

function logTicks(low, high, most) {
  if (high / low < 4) return valueTicks(low, high, most).filter((value) => value > 0);
  const decades = Math.log10(high / low);
  const factors = decades > 4 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks;
}

// A vertical scale of a pane: value to pixel.
function verticalScale(low, high, top, bottom, isLog = false, apart = 52) {
  if (!(high > low)) {
    const middle = Number.isFinite(low) ? low : 0;
    const room = Math.abs(middle) * 0.01 || 1;
    return verticalScale(middle - room, middle + room, top, bottom, false, apart);
  }
  const from = isLog ? Math.log(low) : low;
  const to = isLog ? Math.log(high) : high;
  const place = (value) => bottom - (((isLog ? Math.log(Math.max(value, low / 10)) : value) - from) / (to - from)) * (bottom - top);
  const value = (pixel) => {
    const found = from + ((bottom - pixel) / (bottom - top)) * (to - from);
    return isLog ? Math.exp(found) : found;
  };
  const ticks = (isLog ? logTicks : valueTicks)(low, high, Math.max(2, Math.floor((bottom - top) / apart)));
  return { low, high, top, bottom, place, value, ticks };
}

// Index of the first of sorted `values` that is not below `value`.
function lowerBound(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
