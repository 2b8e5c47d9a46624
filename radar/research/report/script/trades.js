// Closed trades: from columns to rows, and the table that sorts, filters and chooses them.

const PAGE = 100;

const REASON_WORDS = { tp: "target", sl: "stop", funding_tp: "funding target", time_stop: "time stop", end_of_data: "end of the data" };

class Trades {
  // `decimals` of the prices of each lane.
  constructor(packed, decimals) {
    const column = (name) => unpackSteps(packed[name]);
    const [trade, lane, strategy, side, reason, bars, levels] = ["trade", "lane", "strategy", "side", "reason", "bars", "levels"].map(column);
    const [entryTime, exitTime, levelTime] = ["entry_time", "exit_time", "level_time"].map((name) => times(column(name), 1000));
    const [entryRegime, exitRegime] = ["entry_regime", "exit_regime"].map(column);
    this.levelTime = levelTime;
    this.levelPrice = packed.level_price;
    this.count = packed.count;
    this.strategies = packed.strategies;
    this.rows = [];
    let first = 0;
    for (let index = 0; index < packed.listed; index += 1) {
      this.rows.push({
        trade: trade[index],
        lane: lane[index],
        strategy: strategy[index],
        side: side[index],
        entryTime: entryTime[index],
        exitTime: exitTime[index],
        held: exitTime[index] - entryTime[index],
        bars: bars[index],
        reason: packed.reasons[reason[index]],
        reasonWord: REASON_WORDS[packed.reasons[reason[index]]] ?? words(packed.reasons[reason[index]]),
        entryRegime: words(packed.regimes[entryRegime[index]] ?? ""),
        exitRegime: words(packed.regimes[exitRegime[index]] ?? ""),
        averageEntry: packed.average_entry[index],
        exitPrice: packed.exit_price[index],
        price: (value) => number(value, decimals[lane[index]]),
        quantity: packed.quantity[index],
        gross: packed.gross[index],
        fees: packed.fees[index],
        slippage: packed.slippage[index],
        funding: packed.funding[index],
        net: packed.net[index],
        return: packed.return[index],
        worst: packed.worst[index],
        stop: packed.stop[index],
        target: packed.target[index],
        levelCount: levels[index],
        levelFirst: first,
      });
      first += levels[index];
    }
  }

  // Entry fills of a trade: time of the bar and price.
  levels(trade) {
    const found = [];
    for (let index = trade.levelFirst; index < trade.levelFirst + trade.levelCount; index += 1) {
      found.push({ time: this.levelTime[index], price: this.levelPrice[index] });
    }
    return found;
  }
}

class TradeTable {
  constructor(trades, assets, onPick) {
    this.trades = trades;
    this.onPick = onPick;
    this.table = document.getElementById("trade-table");
    this.pages = document.getElementById("trade-pages");
    this.chosen = null;
    this.page = 0;
    this.order = { key: "trade", isDown: false };
    this.columns = [
      ["trade", "Trade", (trade) => String(trade.trade), "", null],
      ["lane", "Asset", (trade) => assets[trade.lane], "word", null],
      ["side", "Side", (trade) => (trade.side > 0 ? "long" : "short"), "word", null],
      ["entryTime", "Entered, UTC", (trade) => instant(trade.entryTime), "", null],
      ["exitTime", "Left, UTC", (trade) => instant(trade.exitTime), "", null],
      ["held", "Held", (trade) => (trade.bars === 0 ? "same bar" : duration(trade.held)), "", null],
      ["reason", "Reason", (trade) => trade.reasonWord, "word", null],
      ["net", "Net", (trade) => number(trade.net, 2, true), "", "net"],
      ["return", "Of equity", (trade) => percent(trade.return), "", "net"],
      ["levelCount", "Entries", (trade) => String(trade.levelCount), "", null],
      ["averageEntry", "Average entry", (trade) => trade.price(trade.averageEntry), "", null],
      ["exitPrice", "Exit price", (trade) => trade.price(trade.exitPrice), "", null],
      ["quantity", "Quantity", (trade) => price(trade.quantity), "", null],
      ["gross", "Gross", (trade) => number(trade.gross), "", null],
      ["fees", "Fees", (trade) => number(-trade.fees), "", null],
      ["slippage", "Slippage", (trade) => number(-trade.slippage), "", null],
      ["funding", "Funding", (trade) => number(trade.funding), "", null],
      ["worst", "Worst", (trade) => percent(trade.worst, 1), "", null],
      ["entryRegime", "Regime at entry", (trade) => trade.entryRegime, "word", null],
    ];
    if (trades.strategies.length > 1) this.columns.splice(1, 0, ["strategy", "Strategy", (trade) => trades.strategies[trade.strategy], "word", null]);
    this.filters = Object.fromEntries([...document.querySelectorAll("[id^=filter-]")].map((select) => [select.id.slice(7), select]));
    for (const select of Object.values(this.filters)) select.addEventListener("change", () => this.filter());
    this.table.tBodies[0].addEventListener("click", (event) => this.pick(event.target.closest("tr")));
    this.table.tBodies[0].addEventListener("keydown", (event) => this.key(event));
    this.filter();
  }

  passes(trade) {
    const value = (name) => this.filters[name]?.value ?? "";
    return (
      (value("asset") === "" || trade.lane === Number(value("asset"))) &&
      (value("side") === "" || trade.side === Number(value("side"))) &&
      (value("reason") === "" || trade.reason === value("reason")) &&
      (value("outcome") === "" || trade.net > 0 === (value("outcome") === "won")) &&
      (value("strategy") === "" || trade.strategy === Number(value("strategy")))
    );
  }

  filter() {
    this.rows = this.trades.rows.filter((trade) => this.passes(trade));
    this.page = 0;
    this.sort();
  }

  sort() {
    const { key, isDown } = this.order;
    const sign = isDown ? -1 : 1;
    const place = (value) => (value === null ? -Infinity : value);
    this.rows.sort((one, other) => {
      const [left, right] = [place(one[key]), place(other[key])];
      return (left < right ? -1 : left > right ? 1 : 0) * sign || one.trade - other.trade;
    });
    this.draw();
  }

  // Turn to the page of a trade, so that it can be seen; lift filters that hide it.
  reveal(trade) {
    this.chosen = trade;
    if (!this.rows.includes(trade)) {
      for (const select of Object.values(this.filters)) select.value = "";
      this.filter();
    }
    this.page = Math.floor(this.rows.indexOf(trade) / PAGE);
    this.draw();
    const row = this.table.querySelector("tr[aria-selected=true]");
    const frame = this.table.parentElement;
    frame.scrollTop = row.offsetTop - (frame.clientHeight - row.offsetHeight) / 2;
  }

  pick(row) {
    if (row === null) return;
    const trade = this.rows[Number(row.dataset.place)];
    this.chosen = trade;
    for (const one of this.table.tBodies[0].rows) one.setAttribute("aria-selected", String(one === row));
    this.onPick(trade);
  }

  key(event) {
    const row = event.target.closest("tr");
    const other = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling }[event.key];
    if (other) {
      row.tabIndex = -1;
      other.tabIndex = 0;
      other.focus();
    }
    if (event.key === "Enter" || event.key === " ") this.pick(row);
    if (["ArrowDown", "ArrowUp", "Enter", " "].includes(event.key)) event.preventDefault();
  }

  draw() {
    this.drawHead();
    const first = this.page * PAGE;
    const shown = this.rows.slice(first, first + PAGE);
    const start = Math.max(shown.indexOf(this.chosen), 0);
    this.table.tBodies[0].replaceChildren(...shown.map((trade, index) => this.row(trade, first + index, index === start)));
    if (shown.length === 0) this.table.tBodies[0].append(make("tr", {}, make("td", { colspan: this.columns.length, class: "word" }, "No trade passes.")));
    const net = this.rows.reduce((sum, trade) => sum + trade.net, 0);
    const won = this.rows.filter((trade) => trade.net > 0).length;
    const rate = this.rows.length > 0 ? `, ${percent((won / this.rows.length) * 100, 1, false)} won, net ${number(net, 2, true)}` : "";
    document.getElementById("trade-count").textContent = `${this.rows.length.toLocaleString("en-US")} trades${rate}`;
    this.drawPages(first, shown.length);
  }

  drawHead() {
    const cells = this.columns.map(([key, title, , kind]) => {
      const isOrder = this.order.key === key;
      const button = make("button", { type: "button" }, `${title}${isOrder ? (this.order.isDown ? " ↓" : " ↑") : ""}`);
      button.addEventListener("click", () => {
        this.order = { key, isDown: isOrder ? !this.order.isDown : ["net", "return", "gross"].includes(key) };
        this.page = 0;
        this.sort();
        this.table.tHead.querySelectorAll("button")[this.columns.findIndex(([name]) => name === key)].focus();
      });
      return make("th", { scope: "col", class: kind || null, "aria-sort": isOrder ? (this.order.isDown ? "descending" : "ascending") : null }, button);
    });
    this.table.tHead.replaceChildren(make("tr", {}, ...cells));
  }

  row(trade, place, isReached) {
    const cells = this.columns.map(([, , text, kind, tone]) => {
      const shade = tone === "net" && trade.net !== 0 ? (trade.net > 0 ? "gain" : "loss") : "";
      return make("td", { class: `${kind} ${shade}`.trim() || null }, text(trade));
    });
    return make("tr", { "data-place": place, tabindex: isReached ? 0 : -1, "aria-selected": String(trade === this.chosen) }, ...cells);
  }

  drawPages(first, shown) {
    const last = Math.max(Math.ceil(this.rows.length / PAGE) - 1, 0);
    const turn = (label, page, isOff) => {
      const button = make("button", { type: "button", disabled: isOff }, label);
      button.addEventListener("click", () => {
        this.page = page;
        this.draw();
      });
      return button;
    };
    const text = `${first + Math.min(shown, 1)} to ${first + shown} of ${this.rows.length.toLocaleString("en-US")}`;
    this.pages.replaceChildren(
      turn("First", 0, this.page === 0),
      turn("Previous", this.page - 1, this.page === 0),
      make("span", {}, text),
      turn("Next", this.page + 1, this.page >= last),
      turn("Last", last, this.page >= last),
    );
  }
}
