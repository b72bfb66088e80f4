// Charts drawn from the tables beside them, so that no figure is said twice.
"use strict";

(() => {
  const COLOURS = ["#1f5f8b", "#5c8a3a", "#c08a1e", "#9b2f2f", "#6a4c93", "#4a5464"];
  const MAX_ROWS = 60;
  const ROW_PIXELS = 26;

  const number = (text) => {
    const cleaned = text.trim().replace(/[,%]/g, "");
    return cleaned === "" || cleaned === "—" ? null : Number(cleaned);
  };

  const read = (table) => {
    const headings = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows].slice(0, MAX_ROWS);
    const charted = headings.flatMap((heading, i) => (i > 0 && !("notCharted" in heading.dataset) ? [i] : []));
    return {
      labels: rows.map((row) => row.cells[0].textContent),
      datasets: charted.map((column, i) => ({
        label: headings[column].textContent,
        data: rows.map((row) => number(row.cells[column].textContent)),
        backgroundColor: COLOURS[i % COLOURS.length],
      })),
    };
  };

  const draw = (figure) => {
    const kind = figure.dataset.chart;
    const data = read(document.getElementById(figure.dataset.table));
    if (data.labels.length === 0) return;
    figure.hidden = false;
    const isStacked = kind === "stacked";
    const bars = data.labels.length * (isStacked ? 1 : data.datasets.length);
    figure.querySelector(".canvas").style.height = `${Math.max(160, 70 + ROW_PIXELS * bars)}px`;
    new Chart(figure.querySelector("canvas"), {
      type: "bar",
      data,
      options: {
        indexAxis: "y",
        animation: false,
        maintainAspectRatio: false,
        plugins: { legend: { display: data.datasets.length > 1 } },
        scales: {
          x: { stacked: isStacked, beginAtZero: true, ...(kind === "rates" ? { max: 100, ticks: { callback: (value) => `${value}%` } } : {}) },
          y: { stacked: isStacked, ticks: { autoSkip: false } },
        },
      },
    });
  };

  document.querySelectorAll("figure[data-chart]").forEach(draw);
})();
