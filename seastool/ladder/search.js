  // The table of calls: which of its rows are shown.
  var find = document.getElementById("find");
  var marked = document.getElementById("marked");
  var verdicts = document.querySelectorAll("button.verdict");

  function quoted(button) {
    return '"' + button.dataset.find + '"';
  }
  function textOf(row) {
    if (!row.seastoolText) {
      var told = Array.from(row.querySelectorAll("[title]")).map(function (cell) { return cell.title; });
      row.seastoolText = (row.textContent + "\n" + told.join("\n")).toLowerCase();
    }
    return row.seastoolText;
  }
  // Words, and in quotes several as one.
  function wordsOf(text) {
    return (text.match(/"[^"]+"?|[^\s"]+/g) || []).map(function (word) {
      return word.replace(/"/g, "");
    });
  }
  function narrow() {
    var words = wordsOf(find.value.toLowerCase());
    var shown = 0;
    document.querySelectorAll("tr.call").forEach(function (row) {
      var fits = (!marked.checked || row.querySelector(".marks").textContent) &&
        words.every(function (word) { return textOf(row).includes(word); });
      row.hidden = !fits;
      if (fits) shown += 1;
      var opened = row.nextElementSibling;
      if (opened && opened.className === "opened") opened.hidden = !fits;
      var section = document.querySelector("main > section" + row.querySelector("a.to").hash);
      if (section) section.hidden = !fits;
    });
    var all = document.querySelectorAll("tr.call").length;
    verdicts.forEach(function (button) {
      button.setAttribute("aria-pressed", String(find.value === quoted(button)));
    });
    document.getElementById("found").textContent =
      shown === all ? "" : shown.toLocaleString("en") + " of " + all.toLocaleString("en") + " shown";
  }
  if (find) {
    document.getElementById("tools").hidden = false;
    find.addEventListener("input", narrow);
    marked.addEventListener("change", narrow);
    verdicts.forEach(function (button) {
      button.addEventListener("click", function () {
        find.value = find.value === quoted(button) ? "" : quoted(button);
        narrow();
      });
    });
    if (find.value || marked.checked) narrow(); // a browser keeps them when it reloads
  }
