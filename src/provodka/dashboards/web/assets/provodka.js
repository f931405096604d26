"use strict";
/* What pages do without a framework: the menu, the theme, the language, charts, filters. */
(() => {
  const YEAR = 31536000;
  const root = document.documentElement;

  document.addEventListener("click", (event) => {
    const menu = event.target.closest("[data-toggle]");
    if (menu) {
      const open = document.getElementById(menu.dataset.toggle).classList.toggle("open");
      menu.setAttribute("aria-expanded", String(open));
    }
    if (event.target.closest("[data-theme-switch]")) {
      root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      localStorage.setItem("theme", root.dataset.bsTheme);
      drawAll(document);
    }
    const language = event.target.closest("[data-language]");
    if (language) {
      document.cookie = `lang=${language.dataset.language};path=/;max-age=${YEAR};samesite=lax`;
      location.reload();
    }
    if (event.target.closest("[data-print]")) print();
  });

  /* A chart is an element with `data-chart` (ECharts options without functions) and a text for
     those who do not see it. Tooltips are drawn on the canvas: no markup is ever made of data. */
  const charts = new Map();
  const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  const PALETTE = [
    "#1f8a78", "#d98324", "#4b6fd6", "#b0476f", "#7a9a2e", "#8a5fc2", "#c9a227", "#6b7686",
  ];
  const theme = () => {
    const ink = style("--tblr-body-color");
    const soft = style("--soft");
    const line = style("--tblr-border-color");
    const axis = {
      axisLine: { lineStyle: { color: line } },
      axisTick: { lineStyle: { color: line } },
      axisLabel: { color: soft },
      nameTextStyle: { color: soft },
      splitLine: { lineStyle: { color: line } },
    };
    return {
      color: PALETTE,
      backgroundColor: "transparent",
      textStyle: { color: ink, fontFamily: style("--tblr-font-sans-serif") || "sans-serif" },
      legend: { textStyle: { color: ink }, pageTextStyle: { color: soft } },
      tooltip: { renderMode: "richText", confine: true },
      categoryAxis: { ...axis, splitLine: { show: false } },
      valueAxis: axis,
      timeAxis: axis,
      logAxis: axis,
      bar: { label: { color: ink } },
    };
  };

  /* Numbers as people of the page's language write them. */
  const asWritten = (value) => typeof value === "number" ? value.toLocaleString(root.lang) : `${value ?? "—"}`;

  const draw = (element) => {
    if (!window.echarts || !element.clientWidth) return;
    charts.get(element)?.dispose();
    const chart = echarts.init(element, theme(), { renderer: "svg" });
    const options = JSON.parse(element.dataset.chart);
    options.animation = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    options.aria = { enabled: true };
    if (options.tooltip) {
      Object.assign(options.tooltip, { renderMode: "richText", confine: true, valueFormatter: asWritten });
    }
    [options.xAxis, options.yAxis].flat().filter((axis) => axis?.type === "value").forEach((axis) => {
      axis.axisLabel = { ...axis.axisLabel, formatter: asWritten };
    });
    chart.setOption(options);
    chart.on("click", (point) => {
      const href = point.data?.href;
      if (href?.startsWith("/") && !href.startsWith("//")) location.assign(href);
    });
    charts.set(element, chart);
  };
  const drawAll = (within) => within.querySelectorAll("[data-chart]").forEach(draw);
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize()));

  /* What scrolls sideways can be reached and scrolled with the keyboard, and is named. */
  const reachable = (within) => within.querySelectorAll(".scroll").forEach((box) => {
    if (box.scrollWidth <= box.clientWidth) return box.removeAttribute("tabindex");
    box.tabIndex = 0;
    if (box.hasAttribute("aria-label") || box.hasAttribute("aria-labelledby")) return;
    const heading = box.closest(".card, section, main")?.querySelector("h1, h2, h3, caption");
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", heading ? heading.textContent.trim() : document.title);
  });
  /* On a telephone the rows of a table stand as cards (CSS): a cell says what its column is. */
  const labelled = (within) => within.querySelectorAll("table.stack").forEach((table) => {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    table.querySelectorAll("tbody tr").forEach((row) => {
      if (row.cells.length !== heads.length) return;
      [...row.cells].forEach((cell, place) => {
        if (cell.tagName === "TD" && cell.textContent.trim()) cell.dataset.label = heads[place];
      });
    });
  });
  const ready = (within) => { labelled(within); drawAll(within); reachable(within); };
  addEventListener("resize", () => reachable(document));
  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("htmx:afterSettle", (event) => ready(event.target.parentElement || document));

  /* A refusal (422, 403) is shown where its answer would have been; nothing is swallowed. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status === 422 || status === 403) event.detail.shouldSwap = true;
  });
  const say = (text) => { document.getElementById("said").textContent = text; };
  document.addEventListener("htmx:sendError", () => say(root.lang === "ru"
    ? "Нет связи с хабом. Попробуйте еще раз." : "The hub cannot be reached. Try again."));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) say(root.lang === "ru"
      ? "Хаб сейчас не отвечает. Попробуйте через минуту; что записано, не потеряно."
      : "The hub does not answer now. Try again in a minute; what is written is not lost.");
  });
  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-send-on-change]")) event.target.form.requestSubmit();
  });
})();
