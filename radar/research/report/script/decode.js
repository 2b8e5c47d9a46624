// The other side of packing.py: whole numbers from base64, seven bits a byte, negative ones folded between the positive.

function unpack(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  let count = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = characters.charCodeAt(index);
    if (bytes[index] < 128) count += 1;
  }
  const values = new Float64Array(count);
  let value = 0;
  let unit = 1;
  let place = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    value += (byte & 127) * unit;
    unit *= 128;
    if (byte < 128) {
      values[place] = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      place += 1;
      value = 0;
      unit = 1;
    }
  }
  return values;
}

function unpackSteps(text) {
  const values = unpack(text);
  for (let index = 1; index < values.length; index += 1) values[index] += values[index - 1];
  return values;
}

function times(values, factor) {
  return values.map((value) => value * factor);
}

// Times (ms UTC of the open) and open, high, low, close of one asset.
function unpackCandles(packed, interval) {
  const scale = 10 ** packed.decimals;
  const close = unpackSteps(packed.close);
  const open = unpack(packed.open);
  const high = unpack(packed.high);
  const low = unpack(packed.low);
  const count = close.length;
  const time = new Float64Array(count);
  let place = 0;
  for (const [first, length] of packed.runs) {
    for (let index = 0; index < length; index += 1) time[place + index] = first * 1000 + index * interval;
    place += length;
  }
  for (let index = 0; index < count; index += 1) {
    open[index] = index === 0 ? close[0] + open[0] : close[index - 1] + open[index];
  }
  for (let index = 0; index < count; index += 1) {
    high[index] = (Math.max(open[index], close[index]) + high[index]) / scale;
    low[index] = (Math.min(open[index], close[index]) - low[index]) / scale;
  }
  for (let index = 0; index < count; index += 1) {
    open[index] /= scale;
    close[index] /= scale;
  }
  return { time, open, high, low, close, interval };
}
