// A heat map of two axes: every cell stands for all combinations that share its two values.

// `down` is null for a grid of one axis. `cells[row][column]` holds the known values of a cell's combinations.
function cellsOf(combinations, metric, across, down) {
  const rows = down === null ? 1 : combinations.axes[down].values.length;
  const columns = combinations.axes[across].values.length;
  const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ({ count: 0, values: [] })));
  const values = combinations.metric(metric.name);
  for (let row = 0; row < combinations.count; row += 1) {
    const cell = cells[down === null ? 0 : combinations.place(row, down)][combinations.place(row, across)];
    cell.count += 1;
    if (isKnown(values[row])) cell.values.push(values[row]);
  }
  return cells;
}

function drawHeat(combinations, metric, across, down, statistic, chosen, choose) {
  const found = document.getElementById("map-table");
  const cells = cellsOf(combinations, metric, across, down);
  const shown = cells.map((row) => row.map((cell) => statisticOf(cell.values, metric, statistic)));
  const finite = shown.flat().filter(Number.isFinite);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const acrossAxis = combinations.axes[across];
  const corner = down === null ? "" : `${combinations.axes[down].short} ↓`;
  found.tHead.replaceChildren(
    make("tr", {}, make("th", { scope: "col", class: "axis" }, corner), make("th", { class: "axis", colspan: acrossAxis.values.length }, `${acrossAxis.short} →`)),
    make("tr", {}, make("td", { class: "nothing" }), ...acrossAxis.values.map((value) => make("th", { scope: "col" }, value))),
  );
  found.tBodies[0].replaceChildren(
    ...shown.map((values, row) => {
      const head = down === null ? metric.title : combinations.axes[down].values[row];
      return make("tr", {}, make("th", { scope: "row" }, head), ...values.map((value, column) => heatCell(value, row, column)));
    }),
  );

  function heatCell(value, row, column) {
    const { count } = cells[row][column];
    if (count === 0) return make("td", { class: "nothing", title: "no combination was run" }, "");
    const isChosen = chosen !== null && chosen.row === row && chosen.column === column;
    const cell = make("td", { tabindex: "0", role: "button", title: `${count} combinations`, "aria-selected": String(isChosen) }, figure(value, metric));
    if (Number.isFinite(value)) {
      const share = metric.signed ? Math.abs(value) / (largest || 1) : (value - low) / (high - low || 1);
      cell.classList.add(metric.signed ? (value < 0 ? "loss" : "gain") : "level");
      cell.style.setProperty("--heat", (metric.signed || metric.more ? share : 1 - share).toFixed(3));
    }
    const toggle = () => choose(isChosen ? null : { row, column });
    cell.addEventListener("click", toggle);
    cell.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      toggle();
    });
    return cell;
  }
}
