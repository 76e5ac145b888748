// What the studio's pages do in the browser: tell the session what was pressed, and keep menus and keys in order.
// Everything shown comes as finished HTML from the session; nothing here makes markup, and no data is run.
"use strict";
(() => {
  let count = 0;

  function wire() {
    for (const page of window.Bokeh ? Bokeh.documents : []) {
      for (const model of page._all_models.values()) {
        if (model.tags && model.tags.includes("oracle-wire")) return model;
      }
    }
    return null;
  }

  function send(message) {
    const model = wire();
    if (!model) return false;
    count += 1;
    model.value = JSON.stringify({ ...message, n: count });
    return true;
  }

  const pathTo = (event, test) => event.composedPath().find((one) => one instanceof Element && one.matches(test));

  // The page and the shadow trees of what it shows, outer ones first.
  function* roots(start) {
    yield start;
    for (const one of start.querySelectorAll("*")) if (one.shadowRoot) yield* roots(one.shadowRoot);
  }

  function closeMenus(event) {
    const path = event ? event.composedPath() : [];
    for (const root of roots(document)) {
      for (const one of root.querySelectorAll("details.s-pop[open]")) if (!path.includes(one)) one.open = false;
    }
  }

  // The first element that fits, in any of them.
  function find(test) {
    for (const root of roots(document)) {
      const found = root.querySelector(test);
      if (found) return found;
    }
    return null;
  }
  const promptBox = () => find("textarea.s-prompt");

  function fillPrompt(text) {
    const box = promptBox();
    if (!box) return;
    box.value = text;
    box.focus();
    box.scrollIntoView({ block: "center" });
  }

  document.addEventListener("click", (event) => {
    const button = pathTo(event, "[data-message]:not(form)");
    const filled = pathTo(event, "[data-prompt]");
    const sender = pathTo(event, "button[type=submit]");
    const form = sender && sender.form && sender.form.dataset.message ? sender.form : null;
    if (form) {
      event.preventDefault();
      submit(form, sender);
    } else if (button) {
      event.preventDefault();
      send(JSON.parse(button.dataset.message));
      closeMenus(null);
    } else if (filled) {
      fillPrompt(filled.dataset.prompt);
    } else if (pathTo(event, "[data-theme-next]")) {
      const dark = document.documentElement.dataset.shown === "dark";
      document.cookie = `oracle_theme=${dark ? "light" : "dark"};path=${location.pathname};max-age=31536000;samesite=lax`;
      location.reload();
    } else if (pathTo(event, "[data-copy]")) {
      const from = pathTo(event, "[data-copy]");
      navigator.clipboard.writeText(from.dataset.copy).then(() => { from.textContent = "Copied"; });
    } else {
      closeMenus(event);
    }
  });

  // A form's submit event stays within its shadow tree; the press that causes it does not.
  function submit(form, sender) {
    const message = { ...JSON.parse(form.dataset.message), ...Object.fromEntries(new FormData(form, sender)) };
    if ("text" in message && !message.text.trim() && !form.dataset.empty) return;
    if (send(message) && form.dataset.clear) form.reset();
    closeMenus(null);
  }

  // The editor of a template: what can stand at the cursor, and what is wrong, as it is written.
  let typing = 0;
  document.addEventListener("input", (event) => {
    const box = pathTo(event, "textarea.s-yaml");
    if (!box) return;
    clearTimeout(typing);
    typing = setTimeout(() => send(draft(box, "complete")), 250);
  }, true);
  const draft = (box, want) => ({
    act: "draft", text: box.value, cursor: box.selectionStart, want,
    id: (box.form && box.form.elements.id && box.form.elements.id.value) || "",
  });
  document.addEventListener("click", (event) => {
    const wanted = pathTo(event, "[data-draft]");
    const word = pathTo(event, "[data-insert]");
    const box = wanted || word ? find("textarea.s-yaml") : null;
    if (wanted && box) send(draft(box, wanted.dataset.draft));
    if (word && box) {
      const start = box.value.slice(0, box.selectionStart).search(/[\w.-]*$/);
      box.setRangeText(word.dataset.insert, start, box.selectionStart, "end");
      box.focus();
      box.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    }
  });
  document.addEventListener("keydown", (event) => {
    const box = pathTo(event, "textarea.s-prompt");
    if (event.key === "Escape") {
      const open = pathTo(event, "details.s-pop[open]");
      closeMenus(null);
      if (open) open.querySelector("summary").focus();
    } else if (box && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit(box.form);
    } else if (event.key === "/" && !pathTo(event, "input, textarea, select, [contenteditable]")) {
      const found = promptBox();
      if (found) { event.preventDefault(); found.focus(); }
    }
  });

  // What stands in the first response gives way to the session's own view once that shows as much, or after ten seconds.
  const first = document.getElementById("first-view");
  function live(count, end) {
    const shown = [];
    for (const root of roots(document)) if (!first.contains(root)) shown.push(...root.querySelectorAll("article.o-block"));
    const own = shown.filter((one) => !first.contains(one)).length;
    if (own >= count || performance.now() > end) return first.remove();
    setTimeout(() => live(count, end), 60);
  }
  if (first) live(first.querySelectorAll("article.o-block").length || 1, performance.now() + 10000);

  // The session is told which colours are shown, for the charts that it draws; and the page is, for its own.
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = (document.cookie.match(/(?:^|; )oracle_theme=(light|dark)/) || [])[1];
  const shown = chosen || (dark.matches ? "dark" : "light");
  document.documentElement.dataset.shown = shown;
  if (chosen) document.documentElement.dataset.theme = chosen;
  const tell = () => { if (!send({ act: "scheme", dark: shown === "dark" })) setTimeout(tell, 100); };
  tell();

  // A session that is lost (the server restarted, the line was down) is opened again; what was typed stays.
  const kept = sessionStorage.getItem("oracle-typed");
  if (kept) {
    sessionStorage.removeItem("oracle-typed");
    const put = (tries) => { const box = promptBox(); if (box) box.value = kept; else if (tries) setTimeout(() => put(tries - 1), 200); };
    put(50);
  }
  async function away() {
    document.documentElement.dataset.away = "";
    const box = promptBox();
    if (box && box.value) sessionStorage.setItem("oracle-typed", box.value);
    for (;;) {
      await new Promise((done) => setTimeout(done, 1000));
      const answer = await fetch(`${location.pathname}/assets/alive.txt`, { cache: "no-store" }).catch(() => null);
      if (answer && answer.ok) return location.reload();
    }
  }
  const watch = () => {
    const page = window.Bokeh && Bokeh.documents[0];
    if (!page) return setTimeout(watch, 100);
    page.config.notify_connection_status = false;
    page.config.reconnect_session = false;
    page.on_event("connection_lost", away);
  };
  watch();
})();
