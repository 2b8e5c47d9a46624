// Candles of one asset, longer ones when many are in view.

const LENGTHS = [MINUTE, 3 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY, 28 * DAY];
const LEAST_WIDTH = 4;
// 1970-01-01 was a Thursday; weeks begin on Monday.
const FIRST_MONDAY = 4 * DAY;

function longer(candles, length) {
  const shift = length % (7 * DAY) === 0 ? FIRST_MONDAY : 0;
  const found = { time: [], open: [], high: [], low: [], close: [], interval: length };
  let bucket = NaN;
  let place = -1;
  for (let index = 0; index < candles.time.length; index += 1) {
    const start = Math.floor((candles.time[index] - shift) / length) * length + shift;
    if (start !== bucket) {
      bucket = start;
      place += 1;
      found.time.push(start);
      found.open.push(candles.open[index]);
      found.high.push(candles.high[index]);
      found.low.push(candles.low[index]);
      found.close.push(candles.close[index]);
    } else {
      found.high[place] = Math.max(found.high[place], candles.high[index]);
      found.low[place] = Math.min(found.low[place], candles.low[index]);
      found.close[place] = candles.close[index];
    }
  }
  return found;
}

class MarketPlot extends Plot {
  constructor(packed, assets, trades, onPick) {
    super("market", 0, 1, 1);
    this.packed = packed;
    this.assets = assets;
    this.trades = trades;
    this.onPick = onPick;
    this.lane = -1;
    this.chosen = null;
    this.byLength = new Map();
  }

  // Show an asset whole.
  choose(lane) {
    if (lane === this.lane) return;
    this.lane = lane;
    this.byLength.clear();
    this.candles = unpackCandles(this.packed.assets[this.assets[lane]], this.packed.interval);
    const { time } = this.candles;
    const first = time.length > 0 ? time[0] : 0;
    const last = time.length > 0 ? time[time.length - 1] + this.packed.interval : 1;
    this.setBounds(first, last, this.packed.interval * 12);
    this.own = this.trades.rows.filter((trade) => trade.lane === lane);
    this.chosen = null;
    this.redraw();
  }

  // Zoom to a trade, with room on either side to see what led to it.
  showTrade(trade) {
    this.choose(trade.lane);
    this.chosen = trade;
    const held = trade.exitTime - trade.entryTime;
    const room = Math.max(held * 0.6, this.packed.interval * 18);
    this.show(trade.entryTime - room, trade.exitTime + this.packed.interval + room);
  }

  command(name) {
    if (name === "reset") this.chosen = null;
    super.command(name);
  }

  // Candles at least LEAST_WIDTH pixels wide, put together when those of the page are narrower.
  atLength() {
    const widest = ((this.to - this.from) / this.inner) * LEAST_WIDTH;
    const base = this.packed.interval;
    const length = base >= widest ? base : LENGTHS.find((one) => one >= widest && one % base === 0) ?? LENGTHS[LENGTHS.length - 1];
    if (length === base) return this.candles;
    if (!this.byLength.has(length)) this.byLength.set(length, longer(this.candles, length));
    return this.byLength.get(length);
  }

  draw(context) {
    if (this.lane < 0) return;
    const bottom = this.height - MARGIN.bottom;
    this.shown = this.atLength();
    const { time, high, low, interval } = this.shown;
    const start = Math.max(lowerBound(time, this.from - interval), 0);
    const end = lowerBound(time, this.to);
    this.visible = this.own.filter((trade) => trade.exitTime + this.packed.interval >= this.from && trade.entryTime <= this.to);
    let least = Infinity;
    let most = -Infinity;
    for (let index = start; index < end; index += 1) {
      least = Math.min(least, low[index]);
      most = Math.max(most, high[index]);
    }
    if (this.chosen !== null) [least, most] = this.withLevels(least, most);
    const room = (most - least) * 0.04;
    this.scale = verticalScale(least - room, most + room, MARGIN.top, bottom);
    context.clearRect(0, 0, this.width, this.height);
    this.drawTimes(context, MARGIN.top, bottom);
    this.drawValues(context, this.scale, price);
    this.inside(context, MARGIN.top, bottom, () => {
      if (this.chosen !== null) this.band(context, this.chosen, bottom);
      this.drawCandles(context, start, end);
      drawTrades(this, context);
    });
    if (this.chosen !== null) drawPlates(this, context);
    this.tellThickness();
  }

  // Make room for the levels of the chosen trade, unless one is so far away that the candles would be flat.
  withLevels(least, most) {
    const span = most - least;
    for (const level of [this.chosen.target, this.chosen.averageEntry, this.chosen.exitPrice, this.chosen.stop]) {
      if (level === null || level < least - span * 1.2 || level > most + span * 1.2) continue;
      least = Math.min(least, level);
      most = Math.max(most, level);
    }
    return [least, most];
  }

  tellThickness() {
    const each = timeframe(this.shown.interval);
    const text = this.shown === this.candles ? `Candles of ${each}` : `Candles of ${each}, put together from ${timeframe(this.packed.interval)}; zoom in for finer`;
    document.getElementById("market-thickness").textContent = `${text} · ${this.visible.length.toLocaleString("en-US")} trades in view`;
  }

  // The middle of the bar that holds an instant of a trade, which is stored as that bar's open.
  centre(time) {
    return this.x(time + Math.min(this.packed.clock, this.packed.interval) / 2);
  }

  band(context, trade, bottom) {
    const left = this.x(trade.entryTime);
    context.fillStyle = this.colours.pick;
    context.fillRect(left, MARGIN.top, this.x(trade.exitTime + this.packed.interval) - left, bottom - MARGIN.top);
  }

  drawCandles(context, start, end) {
    const { time, open, high, low, close, interval } = this.shown;
    const slot = (interval / (this.to - this.from)) * this.inner;
    const body = Math.max(Math.min(Math.round(slot * 0.7), 22), 1);
    for (const isRising of [true, false]) {
      context.fillStyle = isRising ? this.colours.rising : this.colours.falling;
      for (let index = start; index < end; index += 1) {
        if (close[index] >= open[index] !== isRising) continue;
        const x = Math.round(this.x(time[index] + interval / 2));
        const top = this.scale.place(high[index]);
        context.fillRect(x, top, 1, Math.max(this.scale.place(low[index]) - top, 1));
        const upper = this.scale.place(Math.max(open[index], close[index]));
        context.fillRect(x - Math.floor(body / 2), upper, body, Math.max(this.scale.place(Math.min(open[index], close[index])) - upper, 1));
      }
    }
  }

  click(x, y) {
    const trade = nearestTrade(this, x, y);
    if (trade !== null) this.onPick(trade);
  }

  drawCrosshair(context, pointer) {
    if (this.lane < 0 || this.scale === undefined) return;
    const { time, open, high, low, close, interval } = this.shown;
    if (pointer === null || time.length === 0) {
      this.describe();
      return;
    }
    const index = Math.min(Math.max(lowerBound(time, this.time(pointer.x) - interval + 1), 0), time.length - 1);
    this.crossLines(context, this.x(time[index] + interval / 2), pointer.y, MARGIN.top, this.height - MARGIN.bottom);
    if (pointer.y < this.scale.bottom) this.plate(context, pointer.y, price(this.scale.value(pointer.y)), this.colours.soft);
    const near = nearestTrade(this, pointer.x, pointer.y);
    this.host.style.cursor = near === null ? "crosshair" : "pointer";
    if (near !== null) {
      this.tell(near);
      return;
    }
    const change = (close[index] / open[index] - 1) * 100;
    write(this.readout, [
      [null, "", `${instant(time[index])} UTC`, null],
      [null, "Open", price(open[index]), null],
      [null, "High", price(high[index]), null],
      [null, "Low", price(low[index]), null],
      [null, "Close", price(close[index]), null],
      [null, "", percent(change), change > 0 ? "gain" : change < 0 ? "loss" : null],
    ]);
  }

  tell(trade) {
    const items = [
      [null, `Trade ${trade.trade}`, trade.side > 0 ? "long" : "short", null],
      [null, "Entered", instant(trade.entryTime), null],
      [null, "Held", duration(trade.exitTime - trade.entryTime), null],
      [null, "Entry", trade.price(trade.averageEntry), null],
      [null, "Exit", `${trade.price(trade.exitPrice)}, ${trade.reasonWord}`, null],
      [null, "Net", `${number(trade.net, 2, true)} (${percent(trade.return)})`, trade.net > 0 ? "gain" : "loss"],
    ];
    if (trade.target !== null) items.push([null, "Target", trade.price(trade.target), null]);
    if (trade.stop !== null) items.push([null, "Stop", trade.price(trade.stop), null]);
    write(this.readout, items);
  }

  describe() {
    if (this.chosen !== null) {
      this.tell(this.chosen);
      return;
    }
    const net = this.visible.reduce((sum, trade) => sum + trade.net, 0);
    write(this.readout, [
      [null, "", `${this.assets[this.lane]}, ${day(this.from)} to ${day(this.to)}`, null],
      [null, "Trades", this.visible.length.toLocaleString("en-US"), null],
      [null, "Net", number(net, 2, true), net > 0 ? "gain" : net < 0 ? "loss" : null],
    ]);
  }
}
