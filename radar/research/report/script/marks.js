// Trades on the candles: entries, exits, and for few in view their levels, stop and target.

const MOST_WITH_LEVELS = 25;
const REACH = 9;

function drawTrades(plot, context) {
  const detailed = plot.visible.length <= MOST_WITH_LEVELS;
  for (const trade of plot.visible) {
    const isChosen = trade === plot.chosen;
    context.globalAlpha = plot.chosen !== null && !isChosen ? 0.4 : 1;
    if (isChosen || (detailed && plot.chosen === null)) drawLevels(plot, context, trade, isChosen);
    drawPath(plot, context, trade, isChosen || detailed);
  }
  context.globalAlpha = 1;
}

function resultColour(plot, trade) {
  return trade.net > 0 ? plot.colours.gain : plot.colours.loss;
}

// From average entry to exit, with a mark at the exit: a disc for a gain, a cross for a loss.
function drawPath(plot, context, trade, large) {
  const [left, right] = [plot.centre(trade.entryTime), plot.centre(trade.exitTime)];
  const [from, to] = [plot.scale.place(trade.averageEntry), plot.scale.place(trade.exitPrice)];
  context.strokeStyle = context.fillStyle = resultColour(plot, trade);
  context.lineWidth = large ? 1.6 : 1.2;
  context.beginPath();
  context.moveTo(left, from);
  context.lineTo(right, to);
  context.stroke();
  const size = large ? 4.5 : 2.6;
  context.beginPath();
  if (trade.net > 0) {
    context.arc(right, to, size, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.lineWidth = large ? 2.2 : 1.5;
  context.moveTo(right - size, to - size);
  context.lineTo(right + size, to + size);
  context.moveTo(right - size, to + size);
  context.lineTo(right + size, to - size);
  context.stroke();
}

function drawLevels(plot, context, trade, isChosen) {
  const left = plot.centre(trade.entryTime);
  const right = Math.max(plot.centre(trade.exitTime), left + 8);
  level(plot, context, left, right, trade.averageEntry, plot.colours.accent, isChosen);
  level(plot, context, left, right, trade.target, plot.colours.gain, isChosen);
  level(plot, context, left, right, trade.stop, plot.colours.loss, isChosen);
  context.fillStyle = plot.colours.accent;
  const size = isChosen ? 6 : 4.5;
  for (const { time, price: at } of plot.trades.levels(trade)) {
    const [x, y] = [plot.centre(time), plot.scale.place(at)];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - size * 1.5, y - size * 0.8);
    context.lineTo(x - size * 1.5, y + size * 0.8);
    context.fill();
  }
}

function level(plot, context, left, right, value, colour, isChosen) {
  if (value === null) return;
  const y = Math.round(plot.scale.place(value)) + 0.5;
  context.strokeStyle = colour;
  context.lineWidth = isChosen ? 1.5 : 1;
  context.setLineDash([4, 3]);
  context.beginPath();
  context.moveTo(left, y);
  context.lineTo(right, y);
  context.stroke();
  context.setLineDash([]);
}

// Entry, exit, target and stop of the chosen trade at the right edge, and an arrow where one is out of view.
function drawPlates(plot, context) {
  const { chosen, colours: shades } = plot;
  const wanted = [
    [chosen.target, "target", shades.gain],
    [chosen.stop, "stop", shades.loss],
    [chosen.averageEntry, "entry", shades.accent],
  ];
  const away = [];
  for (const [value, word, colour] of wanted) {
    if (value === null) continue;
    if (value >= plot.scale.low && value <= plot.scale.high) plot.plate(context, plot.scale.place(value), price(value), colour);
    else away.push({ value, text: `${word} ${price(value)}`, colour });
  }
  context.textAlign = "right";
  context.textBaseline = "alphabetic";
  let [upper, lower] = [MARGIN.top + 14, plot.height - MARGIN.bottom - 8];
  for (const { value, text, colour } of away) {
    const isBelow = value < plot.scale.low;
    context.fillStyle = colour;
    context.fillText(`${isBelow ? "↓" : "↑"} ${text}`, plot.width - MARGIN.right - 8, isBelow ? lower : upper);
    if (isBelow) lower -= 16;
    else upper += 16;
  }
}

// The trade whose entry or exit is drawn near a place.
function nearestTrade(plot, x, y) {
  let [nearest, best] = [null, REACH * REACH];
  for (const trade of plot.visible ?? []) {
    for (const [time, at] of [[trade.exitTime, trade.exitPrice], [trade.entryTime, trade.averageEntry]]) {
      const distance = (plot.centre(time) - x) ** 2 + (plot.scale.place(at) - y) ** 2;
      if (distance < best) [nearest, best] = [trade, distance];
    }
  }
  return nearest;
}
