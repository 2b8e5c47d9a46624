// The best combinations by a metric, of all or of one cell of the heat map.

const MOST_ROWS = 25;

function bestRows(combinations, metric, filter) {
  const values = combinations.metric(metric.name);
  const rows = [];
  for (let row = 0; row < combinations.count; row += 1) if (filter === null || filter(row)) rows.push(row);
  rows.sort((one, other) => {
    const [a, b] = [values[one], values[other]];
    if (isKnown(a) !== isKnown(b)) return isKnown(a) ? -1 : 1;
    if (!isKnown(a) || a === b) return one - other;
    return (a < b) === metric.more ? 1 : -1;
  });
  return rows;
}

function drawBest(combinations, metrics, metric, filter, where) {
  const host = document.getElementById("best-table");
  const table = host.querySelector("table");
  const rows = bestRows(combinations, metric, filter);
  const names = [...new Set([metric.name, ...host.dataset.metrics.split(" ")])];
  const shown = names.map((name) => metrics.find((one) => one.name === name)).filter((one) => one !== undefined);
  const heads = ["Combination", ...(combinations.asset ? ["Asset"] : []), ...combinations.axes.map((axis) => axis.short), ...shown.map((one) => one.title)];
  table.tHead.replaceChildren(make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text))));
  table.tBodies[0].replaceChildren(
    ...rows.slice(0, MOST_ROWS).map((row) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, String(combinations.numbers[row])),
        ...(combinations.asset ? [make("td", {}, combinations.asset)] : []),
        ...combinations.axes.map((axis, place) => make("td", {}, axis.values[combinations.place(row, place)])),
        ...shown.map((one) => {
          const value = combinations.metric(one.name)[row];
          return make("td", { class: one.signed && value ? (value < 0 ? "loss" : "gain") : null }, figure(value, one));
        }),
      ),
    ),
  );
  const order = metric.more ? "most" : "least";
  document.getElementById("best-note").textContent =
    `The first ${number(Math.min(rows.length, MOST_ROWS), 0)} of ${number(rows.length, 0)}${where}, ${order} ${metric.title} first.`;
  document.getElementById("best-command").textContent = rows.length > 0 ? combinations.command(rows[0]) : "";
}
