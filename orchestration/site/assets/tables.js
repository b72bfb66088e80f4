// Tables: lists filled from data files, filtered, sorted and paged; small tables sorted in place.
"use strict";

(() => {
  const { say, element, subjectLink, shown, load } = credit;
  const PAGE_ROWS = 50;
  const NUMERIC = new Set(["count", "yuan", "rate"]);
  const collator = new Intl.Collator(say("zh-CN", "en"), { numeric: true });
  const numbers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

  // ------------------------------------------------------------------ cells

  /** What a value says in the words of its column. */
  const worded = (heading, value) => {
    const kind = heading.dataset.kind;
    if (value === null || value === undefined) return "—";
    if (kind === "count" || kind === "yuan") return numbers.format(value);
    if (kind === "rate") return `${(100 * value).toFixed(1)}%`;
    if (kind === "many") return String(value).split(";").join(say("；", "; "));
    return heading.getAttribute(`data-term-${String(value).replaceAll("_", "-")}`) ?? shown(value);
  };

  const cell = (heading, value) => {
    const kind = heading.dataset.kind;
    const made = element("td", undefined, { class: NUMERIC.has(kind) ? "number" : kind });
    made.append(element("bdi", worded(heading, value)));
    return made;
  };

  const subjectCell = (id, name) => {
    const made = element("th", undefined, { scope: "row" });
    if (id === null) {
      made.append(element("bdi", name ?? "—", { class: "subject-name" }));
      return made;
    }
    const link = subjectLink(id, name);
    link.className = "subject-name";
    made.append(link, element("span", id, { class: "code" }));
    return made;
  };

  /** The body rows of a table whose first column may be the subject. */
  const fill = (table, rows, hasSubject) => {
    const headings = [...table.tHead.rows[0].cells].slice(hasSubject ? 1 : 0);
    const body = document.createDocumentFragment();
    for (const row of rows) {
      const made = document.createElement("tr");
      if (hasSubject) made.append(subjectCell(row[0], row[1]));
      const values = hasSubject ? row.slice(2) : row;
      headings.forEach((heading, i) => made.append(cell(heading, values[i])));
      body.append(made);
    }
    table.tBodies[0].replaceChildren(body);
  };

  // ---------------------------------------------------------------- sorting

  const compare = (a, b, isNumeric) => {
    const [noA, noB] = [a === null || a === undefined || a === "", b === null || b === undefined || b === ""];
    if (noA || noB) return noA - noB;
    return isNumeric ? a - b : collator.compare(a, b);
  };

  /** Give every heading a button; `sort(column, sign)` is called when it is pressed. */
  const makeSortable = (table, sort) => {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = element("button", heading.textContent, { type: "button" });
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const isAscending = heading.getAttribute("aria-sort") !== "ascending";
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
        sort(column, isAscending ? 1 : -1);
      });
    });
  };

  const sortInPlace = (table) => makeSortable(table, (column, sign) => {
    const text = (row) => row.cells[column].textContent.trim().replace(/^—$/, "");
    const number = (row) => (text(row) === "" ? null : Number(text(row).replace(/[,%]/g, "")));
    const rows = [...table.tBodies[0].rows];
    const isNumeric = rows.every((row) => !Number.isNaN(number(row)));
    const value = isNumeric ? number : text;
    rows.sort((a, b) => {
      const order = compare(value(a), value(b), isNumeric);
      return value(a) === null || value(b) === null || value(a) === "" || value(b) === "" ? order : sign * order;
    });
    table.tBodies[0].append(...rows);
  });

  // ------------------------------------------------------------------ lists

  class List {
    constructor(section) {
      this.section = section;
      this.table = section.querySelector("table");
      this.headings = [...this.table.tHead.rows[0].cells];
      this.hasSubject = this.headings[0].dataset.kind === "subject";
      this.chunks = Number(section.dataset.chunks);
      this.rows = [];
      this.loaded = 0;
      this.page = 0;
      this.sorted = null;
      makeSortable(this.table, (column, sign) => this.change(() => { this.sorted = { column, sign }; }));
      this.form = section.querySelector("[data-filters]");
      this.form.addEventListener("input", () => this.change(() => {}));
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.makePager();
      window.addEventListener("beforeprint", () => this.render(true));
      window.addEventListener("afterprint", () => this.render());
    }

    /** The value of a row in a column; the subject's column reads as name and code. */
    value(row, column) {
      if (!this.hasSubject) return row[column];
      return column === 0 ? `${row[1] ?? ""} ${row[0] ?? ""}` : row[column + 1];
    }

    async start() {
      if (this.chunks > 0) await this.read(1);
      this.render();
    }

    async read(until) {
      const keys = [];
      for (let n = this.loaded; n < Math.min(until, this.chunks); n += 1) keys.push(`${this.section.dataset.list}/${n}`);
      this.loaded += keys.length;
      for (const part of await Promise.all(keys.map(load))) this.rows.push(...part);
    }

    /** Sorting and filtering look at the whole list, so it is read first. */
    async change(apply) {
      await this.read(this.chunks);
      apply();
      this.page = 0;
      this.render();
    }

    chosen() {
      const wanted = [...this.form.querySelectorAll("select")].filter((select) => select.value !== "");
      const text = (this.form.querySelector("input")?.value ?? "").trim().toLowerCase();
      let rows = this.rows.filter((row) =>
        wanted.every((select) => String(this.value(row, Number(select.dataset.column)) ?? "") === select.value));
      if (text) {
        rows = rows.filter((row) => this.headings.some((heading, column) =>
          worded(heading, this.value(row, column)).toLowerCase().includes(text)));
      }
      if (this.sorted) {
        const { column, sign } = this.sorted;
        const isNumeric = NUMERIC.has(this.headings[column].dataset.kind);
        rows = [...rows].sort((a, b) => {
          const [x, y] = [this.value(a, column), this.value(b, column)];
          const order = compare(x, y, isNumeric);
          return x === null || y === null ? order : sign * order;
        });
      }
      return rows;
    }

    render(isWhole = false) {
      const rows = this.chosen();
      const isAll = this.loaded >= this.chunks;
      const total = isAll ? rows.length : Number(this.section.dataset.rows);
      const pages = Math.max(1, Math.ceil((isAll ? rows.length : this.chunks * 500) / PAGE_ROWS));
      const first = this.page * PAGE_ROWS;
      fill(this.table, isWhole ? rows : rows.slice(first, first + PAGE_ROWS), this.hasSubject);
      this.section.querySelector("[data-count]").textContent =
        total === 0 ? say("没有记录", "No rows") : say(`${numbers.format(total)} 条`, `${numbers.format(total)} rows`);
      this.pager.hidden = pages <= 1;
      this.before.disabled = this.page === 0;
      this.after.disabled = this.page + 1 >= pages;
      this.place.textContent = say(`第 ${this.page + 1} 页，共 ${pages} 页`, `page ${this.page + 1} of ${pages}`);
    }

    makePager() {
      this.pager = this.section.querySelector("[data-pager]");
      this.before = element("button", say("上一页", "Previous"), { type: "button" });
      this.after = element("button", say("下一页", "Next"), { type: "button" });
      this.place = element("span", "", { "aria-live": "polite" });
      this.pager.append(this.before, this.place, this.after);
      this.before.addEventListener("click", () => this.turn(-1));
      this.after.addEventListener("click", () => this.turn(1));
    }

    async turn(step) {
      this.page += step;
      await this.read(Math.ceil(((this.page + 1) * PAGE_ROWS) / 500));
      this.render();
    }
  }

  document.querySelectorAll("table[data-sortable]").forEach(sortInPlace);
  document.querySelectorAll("section[data-list]").forEach((section) => {
    new List(section).start().catch((error) => {
      section.querySelector("[data-count]").textContent = error.message;
    });
  });

  credit.fill = fill;
})();
