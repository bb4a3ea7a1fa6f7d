// Tables may be sorted: each heading of a column becomes a button. Rows stay
// under their group, and what is withheld or not known comes last. Without
// scripts the tables stand in the order of the page, with nothing missing.
for (const table of document.querySelectorAll("table[data-table]")) {
  const heads = [...table.querySelectorAll("thead th")];
  const bodies = [...table.tBodies].map((body) => {
    const rows = [...body.rows];
    return { body, first: rows.filter((row) => row.classList.contains("group")), rest: rows.filter((row) => !row.classList.contains("group")) };
  });
  if (table.tHead.rows.length > 1 || !bodies.some((body) => body.rest.length > 2)) continue;
  const value = (row, at) => {
    const text = (row.cells[at]?.textContent ?? "").trim();
    const number = Number(text.replace(/[£,%\s]/g, "").replace("\u2212", "-"));
    return { last: text === "" || /^\[.\]$/.test(text), text, number: text !== "" && !Number.isNaN(number) ? number : null };
  };
  const compare = (at, sign) => (one, other) => {
    const a = value(one, at), b = value(other, at);
    if (a.last || b.last) return a.last - b.last;
    if (a.number !== null && b.number !== null) return sign * (a.number - b.number);
    return sign * a.text.localeCompare(b.text, "en-GB");
  };
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
      const order = next === undefined ? "ascending" : next;
      for (const other of heads) other.removeAttribute("aria-sort");
      if (order) head.setAttribute("aria-sort", order);
      for (const { body, first, rest } of bodies) {
        const rows = order ? [...rest].sort(compare(at, order === "ascending" ? 1 : -1)) : rest;
        body.append(...first, ...rows);
      }
    });
  });
}
