  // Light or dark: as the reader's system is, until the switch says otherwise, which is kept.
  var root = document.documentElement;

  function followTheme(button) {
    var dark = matchMedia("(prefers-color-scheme: dark)");

    function theme() {
      return root.dataset.theme || (dark.matches ? "dark" : "light");
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
      root.dataset.theme = theme() === "dark" ? "light" : "dark";
      label();
      try { localStorage.setItem("seastool-theme", root.dataset.theme); } catch (error) { /* not kept */ }
    });
    dark.addEventListener("change", label);
    label();
  }
  followTheme(document.getElementById("theme"));
