(function () {
  "use strict";
  var root = document.documentElement;
  var button = document.getElementById("theme");
  var dark = matchMedia("(prefers-color-scheme: dark)");
  var open = null; // the message that is shown
  var row = null; // the link that shows it

  function theme() {
    return root.dataset.theme || (dark.matches ? "dark" : "light");
  }
  function setTheme(name) {
    root.dataset.theme = name;
    label();
    try { localStorage.setItem("seastool-theme", name); } catch (error) { /* not kept, then */ }
  }
  function label() {
    button.textContent = theme() === "dark" ? "Light" : "Dark";
  }
  try {
    var kept = localStorage.getItem("seastool-theme");
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch (error) { /* a page without storage */ }
  button.hidden = false;
  button.addEventListener("click", function () {
    setTheme(theme() === "dark" ? "light" : "dark");
  });
  dark.addEventListener("change", label);
  label();

  // The ladders get narrower beside a message, and so less high: what is looked at stays in place.
  function inPlace(link, change) {
    var before = link.getBoundingClientRect().top;
    change();
    scrollBy(0, link.getBoundingClientRect().top - before);
  }
  function forget() {
    if (open) open.classList.remove("open");
    if (row) row.classList.remove("open");
    open = row = null;
  }
  function close() {
    if (row) inPlace(row, forget); else forget();
  }
  function show(link) {
    var message = document.getElementById(link.getAttribute("href").slice(1));
    if (!message) return;
    root.classList.add("moved"); // from here on :target shows nothing by itself
    inPlace(link, function () {
      forget();
      open = message;
      row = link;
      open.classList.add("open");
      row.classList.add("open");
    });
    open.scrollTop = 0;
    uncover(link);
    try { history.replaceState(null, "", link.getAttribute("href")); } catch (error) { /* a file */ }
  }
  // On a narrow screen the message lies over the lower half.
  function uncover(link) {
    var under = open.getBoundingClientRect();
    var hidden = link.getBoundingClientRect().bottom - under.top;
    if (under.left < 1 && hidden > 0) scrollBy(0, hidden + 8);
  }
  function step(by) {
    var rows = Array.from(document.querySelectorAll("a.row"));
    var next = rows[rows.indexOf(row) + by];
    if (!next) return;
    show(next);
    next.scrollIntoView({ block: "nearest" });
    uncover(next);
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a.row");
    if (link) {
      event.preventDefault();
      if (link === row) close(); else show(link);
    } else if (event.target.closest(".close")) {
      event.preventDefault();
      root.classList.add("moved");
      close();
    }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") close();
    var by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (row && by) {
      event.preventDefault();
      step(by);
    }
  });
  if (/^#m[0-9]+-[0-9]+$/.test(location.hash)) {
    var first = document.querySelector('a.row[href="' + location.hash + '"]');
    if (first) {
      show(first);
      first.scrollIntoView({ block: "center" });
      uncover(first);
    }
  }
})();
