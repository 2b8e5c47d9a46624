// What is chosen, and everything drawn anew when it changes.

function start() {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const assets = data.assets.map((packed) => new Combinations(packed, data.axes));
  const select = (name) => document.getElementById(`choose-${name}`);
  const [metrics, across, down, statistic] = [select("metric"), select("across"), select("down"), select("statistic")];
  const swept = data.axes.map((axis, place) => [axis, place]).filter(([axis]) => axis.values.length > 1);
  metrics.append(...data.metrics.map((one, place) => make("option", { value: place }, one.title)));
  across.append(...swept.map(([axis, place]) => make("option", { value: place }, axis.name)));
  down.append(...swept.map(([axis, place]) => make("option", { value: place }, axis.name)));
  if (swept.length < 2) down.append(make("option", { value: "" }, "nothing"));
  down.selectedIndex = 1;
  const tabs = [...document.querySelectorAll("[role=tab]")];
  let asset = 0;
  let chosen = null;

  function axisDown() {
    return down.value === "" ? null : Number(down.value);
  }

  function draw() {
    const combinations = assets[asset];
    const metric = data.metrics[Number(metrics.value)];
    const [first, second] = [Number(across.value), axisDown()];
    drawHeat(combinations, metric, first, second, statistic.value, chosen, (cell) => {
      chosen = cell;
      draw();
    });
    document.getElementById("map-note").textContent = `${statistic.selectedOptions[0].text} ${metric.title}.`.replace(/^./, (letter) => letter.toUpperCase());
    drawDistribution(combinations, metric);
    let filter = null;
    let where = "";
    if (chosen !== null) {
      const inside = [[first, chosen.column]];
      if (second !== null) inside.push([second, chosen.row]);
      filter = (row) => inside.every(([axis, place]) => combinations.place(row, axis) === place);
      where = ` with ${inside.map(([axis, place]) => `${data.axes[axis].short} ${data.axes[axis].values[place]}`).join(" and ")}`;
    }
    drawBest(combinations, data.metrics, metric, filter, where);
    for (const [place, tab] of tabs.entries()) {
      tab.setAttribute("aria-selected", String(place === asset));
      tab.tabIndex = place === asset ? 0 : -1;
    }
  }

  // Two axes: the one that is chosen twice moves the other away.
  function chooseAxis(event) {
    chosen = null;
    if (across.value === down.value) {
      const other = event.target === across ? down : across;
      other.selectedIndex = (other.selectedIndex + 1) % other.options.length;
    }
    draw();
  }

  across.addEventListener("change", chooseAxis);
  down.addEventListener("change", chooseAxis);
  metrics.addEventListener("change", draw);
  statistic.addEventListener("change", draw);
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => {
      asset = place;
      draw();
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const next = tabs[(place + step + tabs.length) % tabs.length];
      next.focus();
      next.click();
    });
  }
  draw();
}

start();
