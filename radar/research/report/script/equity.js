// Equity with buy-and-hold, and drawdown below, on one time axis.

function unpackCurve(packed) {
  const scale = 10 ** packed.decimals;
  const values = (text) => unpackSteps(text).map((value) => value / scale);
  return {
    capital: packed.capital,
    time: unpackSteps(packed.times).map((value) => value * 1000),
    equity: values(packed.equity),
    drawdown: unpackSteps(packed.drawdown).map((value) => value / 100),
    held: Object.fromEntries(Object.entries(packed.held).map(([name, text]) => [name, values(text)])),
  };
}

class EquityPlot extends Plot {
  constructor(curve, interval) {
    const last = curve.time[curve.time.length - 1];
    super("equity", curve.time[0], last, Math.max(interval * 8, (last - curve.time[0]) / 2000));
    this.curve = curve;
    this.isLog = false;
    this.heldName = document.getElementById("equity-held").value;
    document.getElementById("equity-log").addEventListener("change", (event) => {
      this.isLog = event.target.checked;
      this.redraw();
    });
    document.getElementById("equity-held").addEventListener("change", (event) => {
      this.heldName = event.target.value;
      this.redraw();
    });
    this.redraw();
  }

  get held() {
    return this.curve.held[this.heldName] ?? null;
  }

  // Indices of the points in view, with one on either side so that lines run to the edge.
  span() {
    const start = Math.max(lowerBound(this.curve.time, this.from) - 1, 0);
    const end = Math.min(lowerBound(this.curve.time, this.to) + 1, this.curve.time.length);
    return [start, end];
  }

  draw(context) {
    const bottom = this.height - MARGIN.bottom;
    const split = MARGIN.top + (bottom - MARGIN.top) * 0.7;
    const [start, end] = this.span();
    this.upper = this.scaleOf(start, end, MARGIN.top + 6, split - 12);
    let worst = 0;
    for (let index = start; index < end; index += 1) worst = Math.min(worst, this.curve.drawdown[index]);
    this.lower = verticalScale(Math.min(worst * 1.08, -0.1), 0, split + 10, bottom, false, 34);
    context.clearRect(0, 0, this.width, this.height);
    this.drawTimes(context, MARGIN.top, bottom);
    this.drawValues(context, this.upper, (value) => number(value, value < 10 ? 2 : 0));
    this.drawValues(context, this.lower, (value) => percent(value, this.lower.low > -4 ? 1 : 0, false));
    this.inside(context, MARGIN.top, split, () => this.drawUpper(context, start, end));
    this.inside(context, split, bottom + 1, () => this.drawLower(context, start, end));
  }

  scaleOf(start, end, top, bottom) {
    let low = Infinity;
    let high = -Infinity;
    for (const values of [this.curve.equity, this.held]) {
      if (values === null) continue;
      for (let index = start; index < end; index += 1) {
        if (this.isLog && values[index] <= 0) continue;
        low = Math.min(low, values[index]);
        high = Math.max(high, values[index]);
      }
    }
    if (this.isWhole) {
      low = Math.min(low, this.curve.capital);
      high = Math.max(high, this.curve.capital);
    }
    if (!this.isLog) return verticalScale(low, high, top, bottom);
    return verticalScale(Math.max(low, high * 1e-6), high, top, bottom, low > 0);
  }

  drawUpper(context, start, end) {
    context.strokeStyle = this.colours.faint;
    context.setLineDash([5, 4]);
    context.lineWidth = 1;
    const base = Math.round(this.upper.place(this.curve.capital)) + 0.5;
    context.beginPath();
    context.moveTo(MARGIN.left, base);
    context.lineTo(this.width - MARGIN.right, base);
    context.stroke();
    context.setLineDash([]);
    if (this.held !== null) this.line(context, this.held, start, end, this.upper, this.colours.held, 1.3);
    this.line(context, this.curve.equity, start, end, this.upper, this.colours.accent, 1.8);
  }

  drawLower(context, start, end) {
    const path = this.path(this.curve.drawdown, start, end, this.lower);
    const area = new Path2D(path);
    area.lineTo(this.x(this.curve.time[end - 1]), this.lower.place(0));
    area.lineTo(this.x(this.curve.time[start]), this.lower.place(0));
    context.globalAlpha = 0.16;
    context.fillStyle = this.colours.loss;
    context.fill(area);
    context.globalAlpha = 1;
    context.strokeStyle = this.colours.loss;
    context.lineWidth = 1.2;
    context.stroke(path);
  }

  line(context, values, start, end, scale, colour, width) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.stroke(this.path(values, start, end, scale));
  }

  // The line through the points; of more than two a pixel only the first, lowest, highest and last of each pixel.
  path(values, start, end, scale) {
    const time = this.curve.time;
    const path = new Path2D();
    if (end - start <= this.inner * 2) {
      for (let index = start; index < end; index += 1) path.lineTo(this.x(time[index]), scale.place(values[index]));
      return path;
    }
    for (let index = start; index < end; ) {
      const pixel = Math.floor(this.x(time[index]));
      let [low, high] = [index, index];
      let next = index;
      for (; next < end && Math.floor(this.x(time[next])) === pixel; next += 1) {
        if (values[next] < values[low]) low = next;
        if (values[next] > values[high]) high = next;
      }
      const kept = [index, Math.min(low, high), Math.max(low, high), next - 1];
      for (const one of kept) path.lineTo(this.x(time[one]), scale.place(values[one]));
      index = next;
    }
    return path;
  }

  drawCrosshair(context, pointer) {
    const { time, equity, drawdown, capital } = this.curve;
    if (pointer === null) {
      this.describe();
      return;
    }
    const wanted = this.time(pointer.x);
    let index = Math.min(lowerBound(time, wanted), time.length - 1);
    if (index > 0 && wanted - time[index - 1] < time[index] - wanted) index -= 1;
    const x = this.x(time[index]);
    this.crossLines(context, x, pointer.y, MARGIN.top, this.height - MARGIN.bottom);
    this.dot(context, x, this.upper.place(equity[index]), this.colours.accent);
    this.dot(context, x, this.lower.place(drawdown[index]), this.colours.loss);
    if (this.held !== null) this.dot(context, x, this.upper.place(this.held[index]), this.colours.held);
    if (pointer.y <= this.upper.bottom + 6) this.plate(context, pointer.y, number(this.upper.value(pointer.y), 0), this.colours.soft);
    else if (pointer.y >= this.lower.top) this.plate(context, pointer.y, percent(this.lower.value(pointer.y), 1, false), this.colours.soft);
    const gain = (value) => percent((value / capital - 1) * 100, 1);
    const items = [
      [null, "", `${instant(time[index])} UTC`, null],
      [this.colours.accent, "Equity", `${number(equity[index])} (${gain(equity[index])})`, null],
    ];
    if (this.held !== null) items.push([this.colours.held, "Buy and hold", `${number(this.held[index])} (${gain(this.held[index])})`, null]);
    items.push([this.colours.loss, "Drawdown", percent(drawdown[index], 1), null]);
    write(this.readout, items);
  }

  dot(context, x, y, colour) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, 3.2, 0, 2 * Math.PI);
    context.fill();
  }

  // What came of the span in view, while nothing is pointed at.
  describe() {
    const { time, equity, capital } = this.curve;
    const last = Math.max(Math.min(lowerBound(time, this.to + 1) - 1, time.length - 1), 0);
    const before = lowerBound(time, this.from) - 1;
    const change = (values) => {
      const start = before < 0 ? capital : values[before];
      const value = start > 0 ? (values[last] / start - 1) * 100 : null;
      return [percent(value, 1), value > 0 ? "gain" : value < 0 ? "loss" : null];
    };
    const items = [
      [null, "", `${day(this.from)} to ${day(this.to)}`, null],
      [this.colours.accent, "Equity", ...change(equity)],
    ];
    if (this.held !== null) items.push([this.colours.held, "Buy and hold", ...change(this.held)]);
    write(this.readout, items);
  }
}
