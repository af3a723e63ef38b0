  // A page of many calls holds each of them packed: its picture, then its messages, so many at a
  // time. What is asked for is unpacked and stays until its call is closed.
  var unpacked = {}; // promises, by call and piece

  function unpack(text) {
    var bytes = Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); });
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }
  function once(name, make) {
    if (!unpacked[name]) unpacked[name] = make();
    return unpacked[name];
  }
  function piece(number, at) {
    var packed = document.getElementById("p" + number);
    var text = packed && packed.content.textContent.split("\n")[at];
    return text ? unpack(text) : Promise.reject(new Error("no such message"));
  }
  function linkOf(number) {
    return document.querySelector('a.to[href="#c' + number + '"]');
  }
  // The section of a call, below its row of the table.
  function openCall(number) {
    var there = document.getElementById("c" + number);
    if (there) return Promise.resolve(there);
    return once(number + " picture", function () {
      return piece(number, 0).then(function (html) {
        var row = document.createElement("tr");
        row.className = "opened";
        row.innerHTML = '<td colspan="8">' + html + "</td>";
        linkOf(number).closest("tr").after(row);
        linkOf(number).setAttribute("aria-expanded", "true");
        return document.getElementById("c" + number);
      });
    });
  }
  function closeCall(number) {
    document.getElementById("c" + number).closest("tr").remove();
    linkOf(number).setAttribute("aria-expanded", "false");
    document.querySelectorAll('[id^="m' + number + '-"]').forEach(function (message) {
      message.remove();
    });
    Object.keys(unpacked).forEach(function (name) {
      if (name.startsWith(number + " ")) delete unpacked[name];
    });
  }
  function messageOf(id) {
    var there = document.getElementById(id);
    if (there) return Promise.resolve(there);
    var parts = id.slice(1).split("-");
    var packed = document.getElementById("p" + parts[0]);
    var at = packed ? 1 + Math.floor(parts[1] / packed.dataset.piece) : 0;
    return once(parts[0] + " " + at, function () {
      return piece(parts[0], at).then(function (html) {
        document.querySelector("main").insertAdjacentHTML("beforeend", html);
      });
    }).then(function () { return document.getElementById(id); });
  }
  function cannot(error) {
    var note = document.getElementById("trouble");
    note.hidden = false;
    note.textContent = "This browser could not unpack it (" + error + "); a page of fewer calls (--calls) needs no unpacking.";
  }
