// Holds the figures of a page against the CSV files of the same release.
//
// Tables and charts name their CSV file in `data-table`. The row of a figure is found by the
// `data-key-COLUMN` of its table, its tbody and its column's heading and by the row's own heading
// cells (`data-code`, or their text), its column by the heading's `data-column` or its own.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

// Tables of which every row has to stand on some page of the release.
const WHOLE = [
  "compression", "conditions", "contract_types", "cost_to_comply", "distance_to_floor",
  "living_wage", "pay_by_sector", "pay_points", "turnover", "wage_test_sectors",
];
// Tables of a page that have no CSV file; those with figures are held against other files.
const OTHER = ["received-table", "rates-table", "findings-table", "hidden-table", "hash-table", "moved-table"];
// Tables whose rows a page adds up.
const ADDED = ["contract_rules"];

export function parseCsv(text) {
  const rows = [[]];
  let cell = "", quoted = false;
  const end = () => { rows.at(-1).push(cell); cell = ""; };
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ",") end();
    else if (c === "\n") { end(); rows.push([]); }
    else if (c !== "\r") cell += c;
  }
  if (cell || rows.at(-1).length) end();
  else rows.pop();
  const [header, ...body] = rows;
  return { columns: header, rows: body.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ""]))) };
}

// Every CSV file of a release, read once, and which of its rows stood on a page.
export class Release {
  constructor(folder) {
    this.folder = folder;
    this.tables = new Map();
    const tables = join(folder, "tables");
    for (const file of existsSync(tables) ? readdirSync(tables) : []) {
      if (!file.endsWith(".csv")) continue;
      const table = parseCsv(readFileSync(join(tables, file), "utf8"));
      this.tables.set(file.slice(0, -4), { ...table, seen: new Set() });
    }
  }
  get summary() { return JSON.parse(readFileSync(join(this.folder, "summary.json"), "utf8")); }
  get findings() { return parseCsv(readFileSync(join(this.folder, "findings.csv"), "utf8")).rows; }

  // Rows of tables that have to stand on pages as a whole, and do not.
  unseen() {
    const problems = [];
    for (const name of WHOLE) {
      const table = this.tables.get(name);
      if (!table) { problems.push(`there is no tables/${name}.csv`); continue; }
      const left = table.rows.filter((row) => !table.seen.has(row));
      if (left.length) problems.push(`${left.length} rows of ${name} stand on no page, the first ${JSON.stringify(left[0])}`);
    }
    return problems;
  }
}

// What a browser reads off a page. It runs in the page, so it stands alone.
export function extract() {
  const keys = (element) => Object.fromEntries(
    [...element.attributes].filter((a) => a.name.startsWith("data-key-")).map((a) => [a.name.slice(9), a.value.split(" ")]));
  const flat = (text) => text.replace(/\s+/g, " ").trim();
  // The text of a cell without the smaller figures below it.
  const own = (element) => {
    const copy = element.cloneNode(true);
    for (const inner of copy.querySelectorAll(".base, [data-column]")) inner.remove();
    return flat(copy.textContent);
  };
  const words = {};
  const tables = [...document.querySelectorAll("table")].map((table) => {
    const heads = [...table.tHead.rows[0].cells].map((th) => ({ column: th.dataset.column, key: keys(th), text: flat(th.textContent) }));
    const shared = keys(table);
    const figures = [], plain = [];
    for (const body of table.tBodies) for (const row of body.rows) {
      if (row.classList.contains("group")) continue;
      const cells = [...row.cells];
      plain.push(cells.map((cell) => flat(cell.textContent)));
      const key = { ...shared, ...keys(body) };
      cells.forEach((cell, at) => {
        const column = heads[at].column;
        if (!column || !(cell.dataset.code || cell.localName === "th")) return;
        const code = cell.dataset.code ?? own(cell);
        key[column] = [code];
        if (cell.dataset.code) (words[column] ??= {})[own(cell)] = code;
      });
      cells.forEach((cell, at) => {
        const head = heads[at];
        const where = { ...key, ...head.key };
        if (cell.localName === "td" && !cell.dataset.code) figures.push({ key: where, column: head.column, text: own(cell) });
        for (const inner of cell.querySelectorAll("[data-column]")) {
          figures.push({ key: where, column: inner.dataset.column, text: own(inner) });
        }
      });
    }
    return { id: table.caption?.id, caption: flat(table.caption?.textContent ?? ""), name: table.dataset.table, heads, figures, plain };
  });
  const charts = [...document.querySelectorAll("figure.chart")].map((figure) => {
    const svg = figure.querySelector("svg[role=img]");
    return {
      id: svg.querySelector("title")?.id, name: figure.dataset.table, key: keys(figure), mix: figure.classList.contains("mix"),
      labels: svg.getAttribute("aria-labelledby"), title: flat(svg.querySelector("title")?.textContent ?? ""), desc: flat(svg.querySelector("desc")?.textContent ?? ""),
      texts: [...svg.querySelectorAll("text")].filter((text) => text.querySelector(".name")).map((text) => ({
        name: flat(text.querySelector(".name").textContent), rest: flat([...text.querySelectorAll(":scope > .soft")].map((soft) => soft.textContent).join(" ")),
      })),
      rects: [...svg.querySelectorAll("rect")].map((rect) => ({ kind: rect.classList[0], y: rect.getAttribute("y"), x: parseFloat(rect.getAttribute("x")), width: parseFloat(rect.getAttribute("width")) })),
      dots: svg.querySelectorAll("circle").length, ranges: svg.querySelectorAll("line.range").length,
    };
  });
  const boxes = [...document.querySelectorAll("dl.key")].map((list) => ({
    section: list.closest("section").getAttribute("aria-labelledby"),
    figures: [...list.querySelectorAll("dt")].map((dt) => [flat(dt.textContent), flat(dt.nextElementSibling.querySelector(".big").textContent)]),
  }));
  return { tables, charts, boxes, words };
}

// A printed figure as the number that stands in the CSV file, with its unit; null if it is none.
const FIGURE = /^(−?)(£?)(\d{1,3}(?:,\d{3})*)(\.\d+)?(%?)$/;
export function number(text) {
  const [, minus, pound, whole, part, percent] = FIGURE.exec(text) ?? [];
  if (whole === undefined) return null;
  return { unit: pound || percent, value: shortest(`${minus ? "-" : ""}${whole.replaceAll(",", "")}${part ?? ""}`), places: part ? part.length - 1 : 0 };
}
const shortest = (text) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);

// The unit of a column as its query states it, not as the page decides it.
const units = new Map();
function unit(queries, table, column) {
  if (!units.has(table)) {
    const found = new Map();
    for (const [, name, meaning] of readFileSync(join(queries, `${table}.sql`), "utf8").matchAll(/^-- units: (\w+) = (.*)$/gm)) {
      found.set(name, /, pounds\b/.test(meaning) ? "£" : /\bper cents? of|\bas (a per cent|per cents)\b/.test(meaning) ? "%" : "");
    }
    units.set(table, found);
  }
  return units.get(table).get(column);
}

// Figures that cannot apply: rows of conditions of another kind, and the floor of a lift to each
// worker's own.
const applies = (table, row, column) =>
  !(table === "conditions" && (column === "yes_pct" ? row.condition === "annual_leave_days"
    : column === "median_value" && ["pay_award_pending", "enhanced_sick_pay", "travel_time_paid"].includes(row.condition)))
  && !(table.startsWith("cost_to_comply") && column === "floor");

// What is wrong with a printed figure of a row; null if nothing is.
function judge(queries, table, row, column, text) {
  const value = row[column];
  if (value === undefined) return "the CSV file has no such column";
  if (value === "") {
    const marker = !applies(table, row, column) ? "[z]" : row.marker || "[x]";
    return text === marker ? null : `has to be ${marker}`;
  }
  if (/^\[\w\]$/.test(text)) return `has to be ${value}`;
  const shown = number(text);
  if (!shown) return text === value && !/^-?[\d.]+$/.test(value) ? null : `is not written like a figure, CSV ${value}`;
  if (shown.value !== shortest(value)) return `has to be ${value}`;
  const expected = unit(queries, table, column);
  // The median of a condition has the unit of its row.
  const own = table === "conditions" && column === "median_value" ? shown.unit : expected;
  if (own === undefined) return "its query states no unit";
  if (shown.unit !== own) return `has the unit “${shown.unit}”, its query says “${own}”`;
  if (shown.unit === "£" && shown.places < 2) return "pounds without pence";
  return null;
}

const find = (table, key) => table.rows.filter((row) => Object.entries(key).every(([column, codes]) => codes.includes(row[column])));
const say = (key) => Object.entries(key).map(([column, codes]) => `${column}=${codes.join("|")}`).join(" ");

// Holds one page against its release: how many cells and chart figures agree, and what does not.
export function compare(page, release, queries) {
  const problems = [], count = { cells: 0, markers: 0, charts: 0, chartFigures: 0, other: 0 };
  for (const table of page.tables) {
    if (!table.name) {
      if (!OTHER.includes(table.id)) problems.push(`the table ${table.id} names no CSV file`);
      continue;
    }
    const csv = release.tables.get(table.name);
    if (!csv) { problems.push(`${table.id}: there is no tables/${table.name}.csv`); continue; }
    for (const { key, column, text } of table.figures) {
      const at = `${table.id}, ${say(key)}, ${column}: “${text}”`;
      const unknown = Object.keys(key).find((name) => !csv.columns.includes(name));
      if (unknown) { problems.push(`${at}: the CSV file has no column ${unknown}`); continue; }
      // A unit or a noun may follow a figure: “1,003 workers”, “28 days”.
      const figure = text.replace(/(?<=^[−£\d,.]+|^\[\w\]) [A-Za-z][a-z ]*$/, "");
      const rows = find(csv, key);
      for (const row of rows) csv.seen.add(row);
      count.cells++;
      if (/^\[\w\]$/.test(figure)) count.markers++;
      let wrong = null;
      if (ADDED.includes(table.name)) {
        const sum = rows.reduce((all, row) => all + BigInt(row[column]), 0n);
        if (number(figure)?.value !== String(sum)) wrong = `has to be ${sum}`;
      } else if (rows.length === 0) {
        if (!["none", "[x]"].includes(figure)) wrong = "the CSV file has no such row";
      } else if (rows.length > 1) wrong = `${rows.length} rows of the CSV file fit`;
      else wrong = judge(queries, table.name, rows[0], column, figure);
      if (wrong) problems.push(`${at}: ${wrong}`);
    }
  }
  for (const chart of page.charts) {
    count.charts++;
    const csv = release.tables.get(chart.name);
    if (!csv) { problems.push(`${chart.id}: there is no tables/${chart.name}.csv`); continue; }
    const chartProblems = [];
    const judged = chart.name === "pay_gap_intervals" ? judgeGaps : judgeChart;
    count.chartFigures += judged(chart, csv, page.words, queries, chartProblems);
    problems.push(...chartProblems.map((problem) => `${chart.id}: ${problem}`));
  }
  boxes(page, release, queries, count, problems);
  others(page, release, count, problems);
  return { count, problems };
}

// The text alternative and the drawing of a chart against the rows that it shows.
function judgeChart(chart, csv, words, queries, problems) {
  let figures = 0;
  const rows = find(csv, chart.key);
  const restricted = rows[0]?.release === "restricted";
  const sectors = [...new Set(rows.map((row) => row.sector))];
  if (!chart.labels?.split(" ").every((id) => id.startsWith(chart.id.replace(/-title$/, "")))) problems.push("it is not named by its title and description");
  if (/\d/.test(chart.title)) problems.push(`a figure in its title: ${chart.title}`);
  const said = new Map();
  const intro = chart.desc.indexOf(". ") + 2;
  const lines = chart.desc.slice(intro).split(/ Lines:/)[0];
  const names = Object.keys(words.sector ?? {});
  const starts = [...lines.matchAll(new RegExp(`(?:^|(?<=\\. ))(${names.join("|")}): `, "g"))];
  starts.forEach((start, at) => said.set(words.sector[start[1]], lines.slice(start.index + start[0].length, starts[at + 1]?.index ?? lines.length).trim().replace(/\.$/, "")));
  const check = (row, column, text, what) => {
    figures++;
    const wrong = judge(queries, chart.name, row, column, text);
    if (wrong) problems.push(`${row.sector}, ${what ?? column}: “${text}” ${wrong}`);
  };
  if (said.size !== sectors.length) problems.push(`its description tells of ${said.size} sectors of ${sectors.length}`);
  const heights = [...new Set(chart.rects.map((rect) => rect.y))].sort((a, b) => parseFloat(a) - parseFloat(b));
  const drawnRows = [];
  for (const text of chart.texts) {
    const sector = words.sector?.[text.name];
    const own = rows.filter((row) => row.sector === sector);
    const line = said.get(sector);
    if (!own.length || line === undefined) { problems.push(`${text.name}: neither in the CSV file nor in the description`); continue; }
    if (chart.name === "living_wage") {
      const [row] = own;
      const parts = [row.below, row.cannot_tell, row.tested === "" || row.below === "" ? "" : String(row.tested - row.below)];
      const few = (n) => !restricted && n > 0 && n < 10;
      const can = parts.every((part) => part !== "") && !few(Number(parts[2])) && Number(row.tested) + Number(row.cannot_tell) > 0;
      const told = /^(\S+) below, (\S+) cannot tell, (\S+) at or above$/.exec(line);
      if (Boolean(told) !== can) { problems.push(`${sector}: “${line}”, and the CSV file has ${parts}`); continue; }
      if (!told) {
        if (/\d/.test(text.rest) || /\d/.test(line)) problems.push(`${sector}: a figure of a bar that is not drawn: ${text.rest} ${line}`);
        continue;
      }
      const shown = [...text.rest.matchAll(/[\d,]+/g)].map((match) => match[0]);
      parts.forEach((part, at) => {
        figures += 2;
        for (const printed of [told[at + 1], shown[at]]) if (number(printed ?? "")?.value !== part) problems.push(`${sector}, part ${at + 1}: “${printed}” has to be ${part}`);
      });
      const whole = parts.reduce((all, part) => all + Number(part), 0);
      drawnRows.push({ sector, parts: parts.map((part, at) => [["below", "cannot_tell", "meets"][at], (100 * part) / whole]) });
    } else if (chart.name === "pay_by_sector") {
      const [row] = own;
      const told = /^lower quartile (\S+), median (\S+), upper quartile (\S+)$/.exec(line);
      if (!told) { problems.push(`${sector}: “${line}” is not understood`); continue; }
      ["p25_hourly", "median_hourly", "p75_hourly"].forEach((column, at) => check(row, column, told[at + 1]));
      check(row, "median_hourly", text.rest.replace(/^median /, ""), "the label");
    } else if (chart.name === "contract_types") {
      const told = new Map([...line.matchAll(/([^,.][^[\d]*?(?:, hours not known|, full time|, part time|, under 16 hours)?) (−?[\d.,]+%|\[c\])(?:, |$)/g)].map((match) => [match[1].trim(), match[2]]));
      const parts = [];
      for (const [word, share] of told) {
        const code = words.contract_type[word];
        if (!code) { if (share !== "[c]") problems.push(`${sector}: ${word} ${share} is not a type of contract of the page`); parts.push(["withheld", null]); continue; }
        const row = own.find((candidate) => candidate.contract_type === code);
        if (!row) problems.push(`${sector}: ${word} ${share} is not in the CSV file`);
        else check(row, "share_pct", share, word);
        parts.push([code, Number(row?.share_pct)]);
      }
      if (told.size) {
        const missing = own.filter((row) => Number(row.share_pct) > 0 && row.share_pct !== "" && !parts.some(([code]) => code === row.contract_type));
        if (missing.length) problems.push(`${sector}: ${missing.map((row) => row.contract_type)} not in the description “${line}”`);
        if (own.some((row) => row.share_pct === "") !== parts.some(([code]) => code === "withheld")) problems.push(`${sector}: the withheld part, “${line}”`);
        drawnRows.push({ sector, parts });
      } else if (line !== "not drawn, because a part is withheld" || !own.some((row) => row.share_pct === "")) problems.push(`${sector}: “${line}”`);
    } else if (chart.name === "turnover_over_time") {
      const told = [...line.matchAll(/(\d+ \w+ \d{4}) (−?[\d.,]+%|\[\w\])(?:, |$)/g)];
      if (told.length !== new Set(rows.map((row) => row.period)).size) problems.push(`${sector}: “${line}” tells of ${told.length} periods`);
      for (const [, day, share] of told) {
        const period = new Date(`${day} UTC`).toISOString().slice(0, 10);
        const row = own.find((candidate) => candidate.period === period);
        if (row) check(row, "rate_pct", share, period);
        else if (share !== "[x]") problems.push(`${sector}: ${share} for ${period} is not in the CSV file`);
      }
    } else problems.push(`no test knows charts of ${chart.name}`);
  }
  if (chart.name === "turnover_over_time") {
    const known = rows.filter((row) => row.rate_pct !== "").length;
    if (chart.dots !== known) problems.push(`${chart.dots} dots of ${known}`);
  } else if (chart.name === "pay_by_sector") {
    const both = rows.filter((row) => row.p25_hourly !== "" && row.p75_hourly !== "").length;
    const medians = rows.filter((row) => row.median_hourly !== "").length;
    if (chart.rects.length !== both || chart.dots !== medians) problems.push(`${chart.rects.length} strips and ${chart.dots} dots of ${both} and ${medians}`);
  } else {
    if (heights.length !== drawnRows.length) problems.push(`${heights.length} bars are drawn, and ${drawnRows.length} described`);
    drawnRows.forEach(({ sector, parts }, at) => {
      const bar = chart.rects.filter((rect) => rect.y === heights[at]);
      const shown = parts.filter(([, length]) => length === null || length >= 0.005);
      if (bar.map((rect) => rect.kind).join() !== shown.map(([code]) => code).join()) problems.push(`${sector}: the bar has the parts ${bar.map((rect) => rect.kind)}, the description ${shown.map(([code]) => code)}`);
      else shown.forEach(([code, length], part) => { if (length !== null && Math.abs(bar[part].width - length) > 0.06) problems.push(`${sector}: ${code} is drawn ${bar[part].width}% wide and is ${length}%`); });
    });
  }
  return figures;
}

// The same for differences between pairs of sectors: each pair once, with its range where it has one.
function judgeGaps(chart, csv, words, queries, problems) {
  let figures = 0;
  const rows = find(csv, chart.key);
  const codes = { ...words.reference_sector, ...words.focus_sector };
  if (!chart.labels?.split(" ").every((id) => id.startsWith(chart.id.replace(/-title$/, "")))) problems.push("it is not named by its title and description");
  if (/\d/.test(chart.title)) problems.push(`a figure in its title: ${chart.title}`);
  if (chart.texts.length * 2 !== rows.length) problems.push(`${chart.texts.length} pairs of ${rows.length / 2}`);
  for (const { name, rest } of chart.texts) {
    const [higher, lower] = name.split(" and ").map((word) => codes[word]);
    const row = rows.find((row) => row.reference_sector === higher && row.focus_sector === lower);
    if (!row) { problems.push(`${name}: not in the CSV file`); continue; }
    if (Number(row.gap_pounds) < 0) problems.push(`${name}: the lower median comes first`);
    if (!chart.desc.includes(`${name}: ${rest}.`)) problems.push(`${name}: its description says otherwise`);
    const told = /^withheld (\[c\])$|^(\S+?)(?:, range (\[c\])|, too few providers)?$|^(\S+) \((\S+) to (\S+)\)$/.exec(rest);
    if (!told) { problems.push(`${name}: “${rest}” is not understood`); continue; }
    const [, hidden, alone, without, gap, low, high] = told;
    const printed = { gap_pounds: hidden ?? alone ?? gap, ...(gap ? { gap_pounds_low: low, gap_pounds_high: high } : {}) };
    for (const [column, text] of Object.entries(printed)) {
      figures++;
      const wrong = judge(queries, chart.name, row, column, text);
      if (wrong) problems.push(`${name}, ${column}: “${text}” ${wrong}`);
    }
    if (!gap && row.gap_pounds_low !== "") problems.push(`${name}: its range is not told`);
    const few = Math.min(row.reference_providers, row.focus_providers) < 10;
    if (alone && (row.marker === "[c]" && !few) !== Boolean(without)) problems.push(`${name}: “${rest}”, and the CSV file has ${row.marker || "no marker"}`);
  }
  // Each pair stands in both orders.
  const known = (column) => rows.filter((row) => row[column] !== "").length / 2;
  if (chart.dots !== known("gap_pounds")) problems.push(`${chart.dots} dots of ${known("gap_pounds")}`);
  if (chart.ranges !== known("gap_pounds_low")) problems.push(`${chart.ranges} ranges of ${known("gap_pounds_low")}`);
  return figures;
}

// The figures in large type at the head of a section.
const BOXES = {
  statutory: ["living_wage", { role_group: ["all"], sector: ["all"], standard: ["nlw_nmw"] }],
  "real-living-wage": ["living_wage", { role_group: ["all"], sector: ["all"], standard: ["real_living_wage"] }],
  "wage-test": ["wage_test_sectors", { sector: ["all"] }],
};
const BOX_COLUMNS = { Tested: "tested", Below: "below", "Cannot tell": "cannot_tell", "Share below": "below_pct", "Annual shortfall": "annual_shortfall" };
function boxes(page, release, queries, count, problems) {
  for (const box of page.boxes) {
    const [name, key] = BOXES[box.section] ?? [];
    const rows = name ? find(release.tables.get(name), key) : [];
    if (rows.length !== 1) { problems.push(`the figures at the head of ${box.section} belong to no row`); continue; }
    for (const [word, text] of box.figures) {
      const wrong = BOX_COLUMNS[word] ? judge(queries, name, rows[0], BOX_COLUMNS[word], text) : "no test knows this word";
      count.other++;
      if (wrong) problems.push(`head of ${box.section}, ${word}: “${text}” ${wrong}`);
    }
  }
}

// The tables whose figures come from elsewhere than the folder `tables`.
function others(page, release, count, problems) {
  const { facts, tables, changes_since_last_release: changes } = release.summary;
  const same = (id, expected) => {
    const table = page.tables.find((candidate) => candidate.id === id);
    const shown = (table?.plain ?? []).map((row) => row.map((text) => number(text)?.value ?? text));
    const wanted = expected.map((row) => row.map(String));
    count.other += wanted.flat().length;
    if (JSON.stringify(shown) !== JSON.stringify(wanted)) {
      const at = wanted.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(shown[i]));
      problems.push(`${id}: has ${shown.length} rows for ${wanted.length}; “${shown[at]}” has to be “${wanted[at]}”`);
    }
  };
  const sectors = Object.fromEntries(Object.entries(page.words.sector ?? {}).map(([word, code]) => [code, word]));
  const hidden = "[c]";
  const received = page.tables.find((table) => table.id === "received-table");
  same("received-table", facts.received.by_sector.map((row, at) => [sectors[row.sector] ?? received?.plain[at]?.[0], row.providers ?? hidden, row.workplaces ?? hidden, row.workers ?? hidden]));
  const severity = { error: "Error", warning: "Warning" };
  // A protected release has a row a rule, a restricted one a row a finding.
  const rules = new Map();
  for (const row of release.findings) {
    const known = rules.get(row.rule);
    const found = row.findings ?? "1";
    if (known) known[1] = String(Number(known[1]) + Number(found));
    else rules.set(row.rule, [severity[row.severity], found === "" ? hidden : found, row.rule]);
  }
  const listed = page.tables.find((table) => table.id === "findings-table")?.plain ?? [];
  for (const [word, found, , , rule] of listed) {
    count.other += 3;
    const wanted = rules.get(rule);
    if (!wanted || wanted[0] !== word || wanted[1] !== (number(found)?.value ?? found)) problems.push(`findings-table, ${rule}: “${word} ${found}” has to be “${wanted}”`);
  }
  if (listed.length !== rules.size) problems.push(`findings-table: ${listed.length} rules of ${rules.size}`);
  const behind = page.tables.find((table) => table.id === "hidden-table");
  if (behind) {
    const figures = new Set(tables.map((table) => `${table.rows} ${table.rows_withheld} ${table.rows_partly_withheld}`));
    for (const [name, ...row] of behind.plain) {
      count.other += 3;
      if (!figures.has(row.map((text) => number(text)?.value).join(" "))) problems.push(`hidden-table, ${name}: ${row} is of no table of summary.json`);
    }
  }
  const moved = changes?.figures?.moved ?? [];
  const table = page.tables.find((candidate) => candidate.id === "moved-table");
  if (moved.length !== (table?.plain.length ?? 0)) problems.push(`moved-table: ${table?.plain.length} rows of ${moved.length}`);
  else moved.forEach((figure, at) => {
    const shown = table.plain[at].slice(3).join(" ");
    const wanted = [figure.before || "[x]", figure.after || "[x]", figure.by ?? "[z]"].join(" ");
    count.other += 3;
    if (shown !== wanted) problems.push(`moved-table, row ${at + 1}: “${shown}” has to be “${wanted}”`);
  });
}

// Files of JSON, one a table, against the CSV files of the release.
export function compareJson(folder, release) {
  const problems = [];
  let cells = 0;
  for (const file of readdirSync(folder)) {
    const rows = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const table = release.tables.get(file.slice(0, -5));
    if (rows.length !== table.rows.length) problems.push(`${file}: ${rows.length} rows, CSV ${table.rows.length}`);
    rows.forEach((row, at) => table.columns.forEach((column) => {
      cells++;
      const text = row[column] === null ? "" : String(row[column]);
      if (text !== table.rows[at]?.[column]) problems.push(`${file}, row ${at + 1}, ${column}: “${text}”, CSV “${table.rows[at]?.[column]}”`);
    }));
  }
  return { cells, problems };
}
