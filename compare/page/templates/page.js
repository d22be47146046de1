"use strict";
// The page is whole without this: it sorts tables, hides theories, enlarges figures and opens the chapter of a link.
(() => {
  const open = () => {
    const chapter = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (chapter && chapter.tagName === "DETAILS") { chapter.open = true; chapter.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));

  const number = (cell) => parseFloat(cell.textContent.replace(/^[^-+0-9.]*/, ""));
  for (const table of document.querySelectorAll("table")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.textContent = head.textContent;
      button.title = "sort";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = [...body.rows].sort((a, b) => {
          const [x, y] = [number(a.cells[column]), number(b.cells[column])];
          const order = isNaN(x) || isNaN(y)
            ? a.cells[column].textContent.localeCompare(b.cells[column].textContent) : x - y;
          return down ? -order : order;
        });
        body.append(...rows);
      });
    });
  }

  const verdicts = document.querySelector("main table");
  if (verdicts && verdicts.querySelector(".sign")) {
    const heads = [...verdicts.tHead.rows[0].cells];
    const first = Math.min(...[...verdicts.tBodies[0].rows].map((row) =>
      [...row.cells].findIndex((cell) => cell.querySelector(".sign"))).filter((n) => n >= 0));
    const choice = document.createElement("p");
    choice.className = "choice";
    choice.append("Show: ");
    heads.slice(first).forEach((head, n) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = true;
      box.addEventListener("change", () => {
        for (const row of verdicts.rows) row.cells[first + n].hidden = !box.checked;
      });
      label.append(box, " " + head.textContent);
      choice.append(label);
    });
    verdicts.parentElement.before(choice);
  }

  const dialog = document.createElement("dialog");
  document.body.append(dialog);
  dialog.addEventListener("click", () => dialog.close());
  for (const image of document.querySelectorAll("figure img")) {
    image.addEventListener("click", () => {
      const large = document.createElement("img");
      large.src = image.src;
      large.alt = image.alt;
      dialog.replaceChildren(large);
      dialog.showModal();
    });
  }
})();
