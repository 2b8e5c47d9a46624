// Everything that is drawn, from the data in the page.

function start() {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const assets = data.result.assets;
  // A price after slippage needs one decimal more than the venue's.
  const decimals = assets.map((asset) => data.candles.assets[asset].decimals + 1);
  const trades = new Trades(data.trades, decimals);
  new EquityPlot(unpackCurve(data.curve), data.candles.clock);

  const tabs = [...document.querySelectorAll("[role=tab]")];
  const chart = new MarketPlot(data.candles, assets, trades, (trade) => {
    show(trade);
    table.reveal(trade);
  });
  const table = new TradeTable(trades, assets, (trade) => {
    show(trade);
    chart.host.scrollIntoView({ block: "nearest" });
  });

  function choose(lane) {
    for (const [index, tab] of tabs.entries()) {
      tab.setAttribute("aria-selected", String(index === lane));
      tab.tabIndex = index === lane ? 0 : -1;
    }
    chart.choose(lane);
  }

  function show(trade) {
    choose(trade.lane);
    chart.showTrade(trade);
  }

  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => {
      choose(index);
      table.filters.asset.value = String(index);
      table.filter();
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const next = tabs[(index + step + tabs.length) % tabs.length];
      next.focus();
      next.click();
    });
  }
  table.filters.asset.addEventListener("change", (event) => {
    if (event.target.value !== "") choose(Number(event.target.value));
  });
  if (tabs.length > 0) tabs[0].click();

  // What is drawn on paper has the light colours, whatever the screen has.
  for (const [name, isPrinting] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(name, () => {
      document.documentElement.classList.toggle("printing", isPrinting);
      dispatchEvent(new Event("print-colours"));
    });
  }
}

start();
