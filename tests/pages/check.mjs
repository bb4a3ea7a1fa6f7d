// Opens every page of releases in Chromium and checks it; run.sh says what is made for it.
//
//   node check.mjs RELEASES JSON QUERIES
//
// RELEASES holds a folder a release, JSON one file a table of the release `protected`, QUERIES is
// the folder of the comparisons, whose headers state the unit of each column.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Release, compare, compareJson, extract, parseCsv } from "./figures.mjs";

const require = createRequire(join(process.env.PAGES_NODE, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [releases, json, queries] = process.argv.slice(2).map((path) => resolve(path));

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// Dark or light, only these of them can come out otherwise.
const COLOURS = ["color-contrast", "link-in-text-block"];
// 1280 CSS pixels at 400 % zoom are 320.
const WIDE = { width: 1280, height: 1024 }, NARROW = { width: 320, height: 256 };
// A4 without the margins of the page.
const PAPER = { width: 680, height: 1009 };

// What axe cannot decide and a person has: rule, what the element has to match, why it is well.
const ACCEPTED = [
  // Columns of row headings have a heading and no data cells; so has the heading of a group of rows.
  // parts() makes sure that every cell has a heading of its column and one of its row.
  { rule: "th-has-data-cells", html: /^<table/ },
];
// axe cannot tell what stands behind text in a drawing, and behind cells that have scrolled below the
// first column, and wonders whether a single digit is text. It leaves them out, and contrasts()
// measures them.
const CONFIGURE = { rules: [{ id: "color-contrast", selector: "*:not(svg *, table *)" }] };

// Fewer cells than these were compared only if the test no longer finds them.
const LEAST = {
  "protected/contract_audit": { cells: 1200 },
  "protected/living_wage": { cells: 2000, charts: 4, chartFigures: 100 },
  "protected/sector_comparison": { cells: 2000, charts: 6, chartFigures: 100 },
  "many-providers/sector_comparison": { cells: 200, charts: 6, chartFigures: 55 },
  "restricted/contract_audit": { cells: 2000 },
  "restricted/living_wage": { cells: 2900, charts: 4, chartFigures: 100 },
  "restricted/sector_comparison": { cells: 3000, charts: 6, chartFigures: 150 },
  "restated/living_wage": { cells: 2000, charts: 4, other: 200 },
  "one-provider/living_wage": { cells: 500 },
  "one-provider/sector_comparison": { cells: 250 },
};

const problems = [];
const counts = { pages: 0, axe: 0, undecided: 0, stops: 0, regions: 0, scrolling: 0, folded: 0, pdf: 0, sorted: 0 };
// Problems of one kind are told together, with the first of them.
const fail = (page, check, message, kind) => {
  const known = kind && problems.find((problem) => problem.kind === kind);
  if (known) known.more++;
  else problems.push({ kind, more: 0, text: `${page}: ${check}: ${message}` });
};

// ---- what runs in the page -------------------------------------------------------------------

const openAll = (open) => { for (const details of document.querySelectorAll("details")) details.open = open; };

// What sticks out of the page or cannot be reached, at the width of the window.
function overflow() {
  const found = [];
  const width = document.documentElement.clientWidth;
  window.scrollTo(9999, 0);
  if (window.scrollX !== 0 || document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth} wide in ${width}`);
  window.scrollTo(0, 0);
  const name = (e) => `${e.localName}${e.id ? `#${e.id}` : ""}.${e.classList} “${(e.textContent ?? "").trim().slice(0, 40)}”`;
  let regions = 0;
  for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility() || e.closest(".skip, svg.defs, desc, title")) continue;
    const style = getComputedStyle(e);
    if (["auto", "scroll"].includes(style.overflowX) && e.scrollWidth > e.clientWidth) {
      regions++;
      const label = document.getElementById(e.getAttribute("aria-labelledby") ?? "");
      if (e.tabIndex !== 0 || !(e.getAttribute("role") === "region" && label?.textContent.trim())) found.push(`${name(e)} scrolls sideways and cannot be focused, or has no name`);
      // What stays in sight leaves room for what scrolls.
      const stuck = [...e.querySelectorAll("tbody th:first-child")].filter((th) => getComputedStyle(th).position === "sticky");
      const widest = Math.max(0, ...stuck.map((th) => th.getBoundingClientRect().width));
      if (e.clientWidth - widest < 90) found.push(`${name(e)}: its first column leaves ${Math.round(e.clientWidth - widest)} pixels for the others`);
    } else if (["hidden", "clip"].includes(style.overflowX) && e.scrollWidth > e.clientWidth + 1) found.push(`${name(e)} is cut off`);
    if (e.closest(".scroll")) continue;
    const box = e.getBoundingClientRect();
    if (box.width && (box.right > width + 0.5 || box.left < -0.5)) found.push(`${name(e)} reaches from ${Math.round(box.left)} to ${Math.round(box.right)}`);
  }
  return { found, regions };
}

// The focused element: which stop it is, whether its outline can be seen, and where it is.
function focused(selector) {
  const e = document.activeElement;
  const stops = [...document.querySelectorAll(selector)].filter((stop) => stop.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true }));
  if (!e || e === document.body || e === document.documentElement) return { at: -1, of: stops.length };
  const style = getComputedStyle(e);
  const parse = (colour) => { const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
  const light = ({ r, g, b }) => [r, g, b].map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((all, c, i) => all + c * [0.2126, 0.7152, 0.0722][i], 0);
  // The outline stands outside, on the nearest ground behind the element's parent.
  let ground = e.parentElement;
  while (ground && parse(getComputedStyle(ground).backgroundColor).a === 0) ground = ground.parentElement;
  const colours = [parse(style.outlineColor), parse(getComputedStyle(ground ?? document.body).backgroundColor)].map(light).sort((a, b) => b - a);
  const box = e.getBoundingClientRect();
  const name = `${e.localName} “${(e.getAttribute("aria-labelledby") ? document.getElementById(e.getAttribute("aria-labelledby")) : e)?.textContent.trim().slice(0, 50)}”`;
  return {
    at: stops.indexOf(e), of: stops.length, name, skip: e.classList.contains("skip"), href: e.getAttribute("href"),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    contrast: (colours[0] + 0.05) / (colours[1] + 0.05),
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}

// Text of tables and drawings that is hard to read on what is behind it, and parts of drawings that
// are hard to see on the paper.
function contrasts() {
  const found = new Set();
  const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => parse(colour).slice(0, 3).map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((all, c, i) => all + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => { const [high, low] = [light(a), light(b)].sort((x, y) => y - x); return (high + 0.05) / (low + 0.05); };
  const paper = getComputedStyle(document.body).backgroundColor;
  for (const e of document.querySelectorAll("table, table *")) {
    if (![...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    let ground = e;
    while (ground !== document.body && /, 0\)$/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
    const [style, behind] = [getComputedStyle(e), getComputedStyle(ground).backgroundColor];
    const ratio = contrast(style.color, behind);
    if (!(ratio >= 4.5)) found.add(`${e.localName}.${e.classList} in ${style.color} on ${behind}: ${ratio.toFixed(2)}`);
    if (ground !== document.body && getComputedStyle(ground).backgroundImage !== "none") found.add(`${e.localName}.${e.classList} stands on an image`);
  }
  for (const svg of document.querySelectorAll("svg:not(.defs)")) {
    if (!svg.checkVisibility()) continue;
    for (const text of svg.querySelectorAll("text, tspan")) {
      if (![...text.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
      const style = getComputedStyle(text), whole = getComputedStyle(text.closest("text"));
      // Text has a rim in the colour of the paper, or stands on the part before it.
      let ground = whole.stroke;
      if (ground === "none") {
        const part = text.closest("text").previousElementSibling;
        if (part?.localName !== "rect") { found.add(`“${text.textContent.trim()}” has neither a rim nor a part behind it`); continue; }
        ground = getComputedStyle(part).fill;
      } else if (ground !== paper) found.add(`the rim of “${text.textContent.trim()}” is ${ground}`);
      const ratio = contrast(style.fill, ground);
      if (!(ratio >= 4.5)) found.add(`“${text.textContent.trim()}” in ${style.fill} on ${ground}: ${ratio.toFixed(2)}`);
    }
    for (const shape of svg.querySelectorAll("rect, circle, line.floor, line.track")) {
      const style = getComputedStyle(shape);
      const rim = style.stroke === "none" ? 0 : contrast(style.stroke, paper);
      const fill = style.fill.startsWith("rgb") && shape.localName !== "line" ? contrast(style.fill, paper) : 0;
      if (Math.max(rim, fill) < 3) found.add(`a ${shape.localName} .${shape.classList} is hard to see: rim ${rim.toFixed(2)}, fill ${fill.toFixed(2)}`);
    }
  }
  return [...found];
}

const STOPS = 'a[href], summary, button, input, select, textarea, [tabindex="0"]';

function print() {
  const found = [];
  const visible = (e) => e.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true }) && e.getBoundingClientRect().height > 0;
  let folded = 0;
  for (const details of document.querySelectorAll("details")) for (const table of details.querySelectorAll("table")) {
    folded++;
    if (details.open) found.push("a table is not folded: nothing is tested");
    if (!visible(table.caption) || ![...table.querySelectorAll("td")].every(visible)) found.push(`the folded table “${table.caption.textContent.trim()}” is not printed`);
  }
  for (const table of document.querySelectorAll("table")) {
    const caption = table.caption?.textContent.trim();
    if (!table.tHead || getComputedStyle(table.tHead).display !== "table-header-group") found.push(`the heading of “${caption}” does not repeat`);
    const box = table.getBoundingClientRect();
    if (box.right > document.documentElement.clientWidth + 1) found.push(`“${caption}” is ${Math.round(box.right)} wide on paper of ${document.documentElement.clientWidth}`);
    for (const e of [table, table.parentElement]) if (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX)) found.push(`“${caption}” is cut off on paper`);
  }
  for (const e of document.querySelectorAll(".skip, nav.contents")) if (e.checkVisibility()) found.push(`${e.className} is printed`);
  return { found, folded };
}

// Every column of every table that can be sorted: up, down, and as it was.
function sorted() {
  const found = [];
  let tables = 0;
  for (const table of document.querySelectorAll("table:has(.sort)")) {
    const caption = table.caption?.textContent.trim();
    const rows = () => [...table.querySelectorAll("tbody tr")].map((row) => row.textContent);
    const was = rows();
    tables++;
    for (const button of table.querySelectorAll(".sort")) {
      const head = button.parentElement;
      const at = [...head.parentElement.cells].indexOf(head);
      for (const order of ["ascending", "descending", null]) {
        button.click();
        const where = `“${caption}” by “${button.textContent}”`;
        if (head.getAttribute("aria-sort") !== order) found.push(`${where} is ${head.getAttribute("aria-sort")}, not ${order}`);
        if (rows().toSorted().join() !== was.toSorted().join()) found.push(`${where} lost rows`);
        for (const body of order ? table.tBodies : []) {
          const cells = [...body.rows].filter((row) => !row.classList.contains("group")).map((row) => row.cells[at].textContent.trim());
          const shown = cells.filter((text) => text && !/^\[.\]$/.test(text));
          if (cells.slice(0, shown.length).join() !== shown.join()) found.push(`${where} has markers among figures`);
          const numbers = shown.map((text) => Number(text.replace(/[£,%]/g, "").replace("−", "-")));
          if (numbers.some(Number.isNaN)) continue;
          const right = numbers.toSorted((a, b) => (order === "ascending" ? a - b : b - a));
          if (numbers.join() !== right.join()) found.push(`${where} is not ${order}: ${numbers}`);
        }
      }
      if (rows().join() !== was.join()) found.push(`“${caption}” is not as it was`);
    }
  }
  return { found, tables };
}

// What a page must not hold, links that lead nowhere, and tables whose cells have no headings.
function parts() {
  const found = [];
  // One script, of the page's own, that sorts tables; a page for senders has none.
  const scripts = [...document.scripts];
  if (scripts.length > 1 || scripts.some((script) => script.src || !script.textContent.includes("aria-sort"))) found.push(`${scripts.length} script elements`);
  const ids = new Set();
  for (const e of document.querySelectorAll("*")) {
    for (const { name, value } of e.attributes) {
      if (/^on/i.test(name) || /^\s*javascript:/i.test(value)) found.push(`${e.localName} has ${name}="${value}"`);
      if (["src", "srcset", "action", "data", "poster", "background"].includes(name)) found.push(`${e.localName} loads ${value}`);
    }
    if (["link", "iframe", "object", "embed", "base", "form", "noscript"].includes(e.localName)) found.push(`a ${e.localName} element`);
    if (e.id) { if (ids.has(e.id)) found.push(`two elements are called ${e.id}`); ids.add(e.id); }
  }
  for (const a of document.querySelectorAll("a[href]")) {
    const href = a.getAttribute("href");
    if (!href.startsWith("#") || !ids.has(decodeURIComponent(href.slice(1)))) found.push(`the link “${a.textContent}” leads to ${href}`);
  }
  for (const table of document.querySelectorAll("table")) {
    const caption = table.caption?.textContent.trim();
    if (!caption) found.push("a table has no caption");
    const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
    if (!heads.length || heads.some((th) => th.localName !== "th" || th.scope !== "col" || !th.textContent.trim())) found.push(`“${caption}” has columns without a heading`);
    for (const body of table.tBodies) for (const row of body.rows) {
      const cells = [...row.cells];
      if (cells.reduce((all, cell) => all + cell.colSpan, 0) !== heads.length) found.push(`“${caption}” has a row of ${cells.length} cells below ${heads.length} headings`);
      if (!cells.some((cell) => cell.localName === "th" && ["row", "rowgroup"].includes(cell.scope) && cell.textContent.trim())) found.push(`“${caption}” has a row without a heading: ${row.textContent.replace(/\s+/g, " ").trim().slice(0, 60)}`);
    }
  }
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    for (const id of `${e.getAttribute("aria-labelledby") ?? ""} ${e.getAttribute("aria-describedby") ?? ""}`.trim().split(/\s+/)) if (!ids.has(id)) found.push(`nothing is called ${id}`);
  }
  return found;
}

// ---- the checks ------------------------------------------------------------------------------

// A page of its own for the checks of one file; every request but the file itself is refused.
async function open(browser, file, options, settings = {}) {
  const context = await browser.newContext({ viewport: WIDE, ...options });
  // A busy machine is no fault of the page.
  context.setDefaultTimeout(180_000);
  const url = pathToFileURL(file).href;
  const refused = [];
  let own = 0;
  await context.route("**", (route) => {
    const request = route.request().url();
    if (request === url && own++ === 0) return route.continue();
    refused.push(request);
    return route.abort();
  });
  const page = await context.newPage();
  const messages = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  await page.goto(url, settings);
  return { page, refused, messages, close: () => context.close() };
}

async function accessibility(page, name, mode) {
  await page.evaluate(axe);
  await page.evaluate((configure) => axe.configure(configure), CONFIGURE);
  for (const message of await page.evaluate(contrasts)) fail(name, `contrast, ${mode}`, message);
  const options = mode.startsWith("dark") ? { runOnly: { type: "rule", values: COLOURS } } : { runOnly: { type: "tag", values: RULES }, rules: { "target-size": { enabled: true } } };
  const { violations, incomplete } = await page.evaluate((options) =>
    axe.run(document, { ...options, resultTypes: ["violations", "incomplete"] })
      .then(({ violations, incomplete }) => [violations, incomplete].map((list) => list.flatMap((rule) => rule.nodes.map((node) => ({
        rule: rule.id, html: node.html.slice(0, 160), target: node.target.join(" "), why: [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ").slice(0, 200),
      })))))
      .then(([violations, incomplete]) => ({ violations, incomplete })), options);
  counts.axe++;
  for (const { rule, target, html, why } of violations) fail(name, `axe, ${mode}`, `${rule}: ${target} ${html}: ${why}`, `${rule} ${why}`);
  for (const { rule, target, html, why } of incomplete) {
    if (ACCEPTED.some((known) => known.rule === rule && known.html.test(html))) counts.undecided++;
    else fail(name, `axe, ${mode}, undecided`, `${rule}: ${target} ${html}: ${why}`, `undecided ${rule} ${why}`);
  }
}

// Tab from the top to the end: every stop in the order of the document, each seen.
async function tab(page, name, mode) {
  let expected = 0, of = 0;
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(focused, STOPS);
    of = stop.of;
    if (stop.at === -1) break;
    if (expected === 0 && !stop.skip) fail(name, `keyboard, ${mode}`, `the first stop is ${stop.name}, not the skip link`);
    if (stop.at !== expected) { fail(name, `keyboard, ${mode}`, `stop ${expected + 1} is ${stop.name}, number ${stop.at + 1} of the document`); return; }
    if (stop.outline < 2 || stop.contrast < 3) fail(name, `keyboard, ${mode}`, `focus on ${stop.name} is hard to see: ${stop.outline} px, contrast ${stop.contrast.toFixed(2)}`);
    if (!stop.seen) fail(name, `keyboard, ${mode}`, `${stop.name} is out of sight while it has the focus`);
    expected++;
    counts.stops++;
  }
  if (expected !== of) fail(name, `keyboard, ${mode}`, `Tab reaches ${expected} of ${of} stops`);
}

async function keyboard(page, name) {
  await tab(page, name, "folded");
  // The skip link leads past the header.
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  if (!(await page.evaluate(() => document.activeElement.id === "content"))) fail(name, "keyboard", "the skip link does not lead to the content");
  await page.keyboard.press("Tab");
  if (!(await page.evaluate(() => document.activeElement.closest("main")))) fail(name, "keyboard", "after the skip link, Tab is not in the content");
  for (const summary of await page.locator("summary").all()) {
    await summary.focus();
    await page.keyboard.press("Enter");
    if (!(await summary.evaluate((e) => e.parentElement.open))) fail(name, "keyboard", `Enter does not unfold “${await summary.textContent()}”`);
  }
}

// Arrows scroll each table that is wider than its region.
async function arrows(page, name) {
  for (const region of await page.locator('[role="region"][tabindex="0"]').all()) {
    const wide = await region.evaluate((e) => { e.scrollLeft = 0; return e.scrollWidth - e.clientWidth; });
    if (wide < 5) continue;
    await region.focus();
    let moved = false;
    // On a busy machine a region is ready for keys a little after it has the focus.
    for (let tries = 0; tries < 5 && !moved; tries++) {
      await page.keyboard.press("ArrowRight");
      moved = await region.evaluate((e) => new Promise((done) => {
        const end = performance.now() + 2000;
        const look = () => (e.scrollLeft > 0 || performance.now() > end ? done(e.scrollLeft > 0) : requestAnimationFrame(look));
        look();
      }));
    }
    counts.regions++;
    if (!moved) fail(name, "keyboard", `arrows do not scroll ${await region.getAttribute("aria-labelledby")}`);
  }
}

async function paper(page, name) {
  const sheets = async () => {
    const pdf = await page.pdf({ preferCSSPageSize: true });
    counts.pdf++;
    if (pdf.subarray(0, 5).toString() !== "%PDF-") fail(name, "print", "no PDF was made");
    return (pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;
  };
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize(PAPER);
  await page.evaluate(openAll, false);
  const { found, folded } = await page.evaluate(print);
  counts.folded += folded;
  for (const message of found) fail(name, "print", message);
  const [shut, unfolded] = [await sheets(), await page.evaluate(openAll, true).then(sheets)];
  if (shut === 0 || shut !== unfolded) fail(name, "print", `${shut} sheets folded, ${unfolded} unfolded`);
  await page.emulateMedia({ media: null });
}

async function check(browser, file, name) {
  const report = (which, { refused, messages }) => {
    for (const request of refused) fail(name, "requests", `${which} asks for ${request}`);
    for (const message of messages) fail(name, "requests", `${which} says ${message}`);
  };
  // Without scripts, then with them: the same words in the same order.
  const off = await open(browser, file, { javaScriptEnabled: false });
  const read = () => document.querySelector("main").textContent.replace(/\s+/g, " ");
  const still = await off.page.evaluate(read);
  await off.page.waitForTimeout(20);
  report("without scripts", off);
  await off.close();

  const light = await open(browser, file, { colorScheme: "light" });
  const { page } = light;
  if ((await page.evaluate(read)) !== still) fail(name, "scripts", "the page is another one with scripts");
  for (const message of await page.evaluate(parts)) fail(name, "parts", message);
  const figures = await page.evaluate(extract);
  const sorts = await page.evaluate(sorted);
  for (const message of sorts.found) fail(name, "sorting", message);
  counts.sorted += sorts.tables;
  await keyboard(page, name);
  await paper(page, name);
  report("with scripts", light);
  await light.close();

  for (const [colorScheme, viewport, zoom] of [["light", WIDE, 1], ["dark", WIDE, 1], ["light", NARROW, 4], ["dark", NARROW, 4]]) {
    const view = await open(browser, file, { colorScheme, viewport, deviceScaleFactor: zoom });
    const mode = `${colorScheme}, ${viewport.width} px`;
    for (const unfolded of [true, false]) {
      await view.page.evaluate(openAll, unfolded);
      if (unfolded && colorScheme === "dark" && viewport === WIDE) await tab(view.page, name, "dark, unfolded");
      if (unfolded && colorScheme === "light" && viewport === NARROW) await arrows(view.page, name);
      const { found, regions } = await view.page.evaluate(overflow);
      counts.scrolling += regions;
      for (const message of found) fail(name, `zoom, ${mode}`, message);
      await accessibility(view.page, name, `${mode}, ${unfolded ? "unfolded" : "folded"}`);
    }
    report(mode, view);
    await view.close();
  }
  counts.pages++;
  return figures;
}

// Two pages at a time.
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
const files = readdirSync(releases).sort().flatMap((folder) =>
  readdirSync(join(releases, folder)).filter((file) => file.endsWith(".html")).sort().map((file) => ({ folder, file })));
const queue = [...files];
const read = new Map();
const worker = async () => {
  for (let next; (next = queue.shift());) {
    const { folder, file } = next, name = `${folder}/${file.slice(0, -5)}`, began = Date.now();
    read.set(name, await check(browser, join(releases, folder, file), name));
    console.log(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
};
try {
  await Promise.all([worker(), worker()]);
} finally {
  await browser.close();
}

const total = {};
const sum = (all, more) => { for (const [what, number] of Object.entries(more)) all[what] = (all[what] ?? 0) + number; };
for (const folder of new Set(files.map((entry) => entry.folder))) {
  const names = [...read.keys()].filter((name) => name.startsWith(`${folder}/`)).sort();
  if (folder === "check") {
    sum(total, places(read.get(names[0])));
    continue;
  }
  const release = new Release(join(releases, folder));
  for (const name of names) {
    const { count, problems: wrong } = compare(read.get(name), release, queries);
    for (const message of wrong) fail(name, "figures", message);
    sum(total, count);
    console.log(`${name}: ${Object.entries(count).map(([what, number]) => `${what} ${number}`).join(", ")}`);
    for (const [what, least] of Object.entries(LEAST[name] ?? {})) if (count[what] < least) fail(name, "figures", `only ${count[what]} ${what} were compared, at least ${least} are expected`);
  }
  // A job may be asked for some pages only.
  if (names.length === 3) for (const message of release.unseen()) fail(folder, "figures", message);
  if (folder === "protected") {
    const { cells, problems: wrong } = compareJson(json, release);
    for (const message of wrong) fail("query", "figures", message);
    sum(total, { json: cells });
  }
}
console.log("all:", Object.entries({ ...counts, ...total }).map(([what, number]) => `${what} ${number}`).join(", "));
for (const problem of problems.slice(0, 100)) console.log(problem.text + (problem.more ? ` (and ${problem.more} more of this kind)` : ""));
if (problems.length > 100) console.log(`and ${problems.length - 100} more`);
process.exit(problems.length || files.length === 0 ? 1 : 0);

// The tables of findings against the list of the same findings.
function places(page) {
  const list = parseCsv(readFileSync(join(releases, "check", "check.csv"), "utf8")).rows;
  const tables = page.tables.filter((table) => table.id.startsWith("table-"));
  const count = new Map();
  const add = (row, by) => count.set(row, (count.get(row) ?? 0) + by);
  const shown = { "File or return": "file", Sheet: "sheet", Row: "row", Cell: "cell", Column: "column", Found: "value", "What is wrong": "message", "To do": "fix" };
  const flat = (text) => text.replace(/\s+/g, " ").trim();
  let cells = 0;
  for (const table of tables) {
    const rule = table.caption.split(", rule ")[1];
    const columns = table.heads.map((head) => shown[head.text]);
    const of = list.filter((row) => row.rule === rule);
    for (const row of table.plain) {
      cells += row.length;
      if (!of.some((place) => columns.every((column, at) => flat(place[column]) === row[at]))) fail("check", "figures", `${table.caption}: “${row.join(" | ")}” is not in the list`);
    }
    add(rule, table.plain.length);
  }
  for (const row of list) add(row.rule, -1);
  for (const [rule, left] of count) if (left) fail("check", "figures", `${rule}: ${left} rows more on the page than in the list`);
  return { places: cells };
}
