// Keys and buttons of the served sheet. Every text goes into the page as text, never as HTML.
"use strict";
(() => {
  const rows = [...document.querySelectorAll("article.study")];
  const letters = new Map();
  document.querySelectorAll(".study:first-of-type [data-verdict]").forEach((button) => {
    letters.set(button.querySelector("kbd").textContent, button.dataset.verdict);
  });
  let current = -1;

  function choose(index, scroll = true) {
    if (index < 0 || index >= rows.length) {
      const beyond = document.querySelector(`a[rel=${index < 0 ? "prev" : "next"}]`);
      if (beyond && current >= 0) location.assign(beyond.href);
      return;
    }
    if (current >= 0) rows[current].classList.remove("current");
    current = index;
    rows[current].classList.add("current");
    if (scroll) {
      rows[current].focus({ preventScroll: true });
      rows[current].scrollIntoView({ block: "start" });
    }
  }

  function answer(row, text, bad) {
    const place = row.querySelector(".answer");
    place.textContent = text;
    place.style.color = bad ? "#a4262c" : "#1d6b45";
  }

  async function say(row, verdict) {
    const box = row.querySelector("textarea");
    const told = {
      study: row.dataset.study,
      attempt: Number(row.dataset.attempt),
      verdict,
      comment: box.value,
    };
    try {
      const reply = await fetch("say", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(told),
      });
      const said = await reply.json();
      if (!reply.ok) return void answer(row, said.error, true);
      box.value = "";
      answer(row, `Kept: ${said.words}`, false);
      if (said.judges) {
        row.querySelectorAll("[data-verdict]").forEach((button) => {
          button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
        });
        const state = row.querySelector(".state");
        state.textContent = said.state;
        state.className = `state ${said.state === "accepted" ? "accepted" : "out"}`;
      }
      return true;
    } catch {
      answer(row, "Not kept: the server does not answer. Start it again.", true);
    }
  }

  rows.forEach((row, index) => {
    row.addEventListener("focusin", () => choose(index, false));
    row.querySelectorAll("[data-verdict]").forEach((button) => {
      button.addEventListener("click", () => {
        choose(index, false);
        say(row, button.dataset.verdict);
      });
    });
  });

  document.addEventListener("keydown", async (event) => {
    // a key that is held down must not judge one study after the other
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.tagName === "TEXTAREA") {
      if (event.key === "Escape") rows[current].focus();
      return;
    }
    const key = event.key.toLowerCase();
    if (key === "n" || key === "p") {
      event.preventDefault();
      return choose(current + (key === "n" ? 1 : -1));
    }
    const verdict = letters.get(key);
    if (verdict === undefined || current < 0) return;
    event.preventDefault();
    const row = rows[current];
    if (verdict === "comment" && row.querySelector("textarea").value.trim() === "") {
      return row.querySelector("textarea").focus();
    }
    const at = current;
    if ((await say(row, verdict)) && verdict !== "comment") choose(at + 1);
  });

  const start = rows.findIndex((row) => `#${row.id}` === location.hash);
  choose(Math.max(start, 0), start >= 0);
})();
