  var open = null; // the message that is shown
  var row = null; // the link that shows it
  var wanted = null; // the link whose message is on its way

  // The ladders get narrower beside a message, and so less high: what is looked at stays in place.
  function inPlace(link, change) {
    var before = link.getBoundingClientRect().top;
    change();
    scrollBy(0, link.getBoundingClientRect().top - before);
  }
  function forget() {
    if (open) open.classList.remove("open");
    if (row) row.classList.remove("open");
    open = row = wanted = null;
  }
  function close() {
    if (row && row.isConnected) inPlace(row, forget); else forget();
  }
  function show(link) {
    wanted = link;
    return messageOf(link.getAttribute("href").slice(1)).then(function (message) {
      if (wanted === link && message) reveal(link, message);
    }, cannot);
  }
  function reveal(link, message) {
    root.classList.add("moved"); // from here on :target shows nothing by itself
    inPlace(link, function () {
      forget();
      open = message;
      row = wanted = link;
      open.classList.add("open");
      row.classList.add("open");
    });
    open.scrollTop = 0;
    uncover(link);
    remember(link.getAttribute("href"));
  }
  function remember(hash) {
    try { history.replaceState(null, "", hash); } catch (error) { /* a file */ }
  }
  // On a narrow screen the message lies over the lower half.
  function uncover(link) {
    if (!open) return;
    var under = open.getBoundingClientRect();
    var hidden = link.getBoundingClientRect().bottom - under.top;
    if (under.left < 1 && hidden > 0) scrollBy(0, hidden + 8);
  }
  function step(by) {
    var rows = Array.from(document.querySelectorAll("a.row"));
    var next = rows[rows.indexOf(wanted) + by];
    if (!next) return;
    show(next).then(function () {
      next.scrollIntoView({ block: "nearest" });
      uncover(next);
    });
  }
  function toggleCall(number) {
    if (!document.getElementById("c" + number)) {
      openCall(number).catch(cannot);
      remember("#c" + number);
    } else {
      if (row && row.closest("#c" + number)) forget();
      closeCall(number);
    }
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a.row");
    var call = event.target.closest("a.to");
    if (link) {
      event.preventDefault();
      if (link === row) close(); else show(link);
    } else if (call && document.getElementById(call.hash.replace("#c", "p"))) {
      event.preventDefault();
      toggleCall(call.hash.slice(2));
    } else if (event.target.closest(".close")) {
      event.preventDefault();
      root.classList.add("moved");
      close();
    }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") close();
    var by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (row && by && event.target !== find) {
      event.preventDefault();
      step(by);
    }
  });
  // The fragment names a call or a message: `#c3`, `#m3-12`.
  function goTo(hash) {
    var named = /^#([cm])([0-9]+)(?:-[0-9]+)?$/.exec(hash);
    if (!named) return;
    openCall(named[2]).then(function (section) {
      var link = document.querySelector('a.row[href="' + hash + '"]');
      if (named[1] === "c") (linkOf(named[2]) || section).scrollIntoView();
      else if (link) show(link).then(function () {
        link.scrollIntoView({ block: "center" });
        uncover(link);
      });
    }, function () { /* no such call here */ });
  }
  addEventListener("hashchange", function () { goTo(location.hash); });
  goTo(location.hash);
