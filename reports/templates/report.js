(() => {
  "use strict";
  // The page says everything without this; it adds a text filter and copy buttons.
  const rows = Array.from(document.querySelectorAll("#scenario-table tbody tr"));
  const box = document.getElementById("filter-text");
  const shown = document.getElementById("filter-shown");

  const chosen = () => {
    const radio = document.querySelector('input[name="outcome"]:checked');
    return radio ? radio.value : "";
  };

  const apply = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcome = chosen();
    let count = 0;
    for (const row of rows) {
      const text = row.dataset.text;
      const match = words.every((word) => text.includes(word));
      row.hidden = !match;
      if (match && (!outcome || row.dataset.outcome === outcome)) count += 1;
    }
    shown.textContent = count === rows.length ? "" : `${count} of ${rows.length} shown`;
  };

  const reveal = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!row || !rows.includes(row)) return;
    box.value = "";
    document.getElementById("filter-all").checked = true;
    apply();
    const details = row.querySelector("details");
    if (details) details.open = true;
    row.scrollIntoView({ block: "center" });
  };

  if (box) {
    document.getElementById("filter-field").hidden = false;
    box.addEventListener("input", apply);
    for (const radio of document.querySelectorAll('input[name="outcome"]')) radio.addEventListener("change", apply);
    window.addEventListener("hashchange", reveal);
    apply();
    reveal();
  }

  const copied = async (button, text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };

  for (const button of document.querySelectorAll("button.copy")) {
    const code = document.getElementById(button.dataset.copies);
    button.hidden = false;
    button.addEventListener("click", () => copied(button, code.textContent));
  }
})();
