"use strict";
(function () {
  // everything is on paper, also what a reader has to open on a screen
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.filter.call(document.querySelectorAll("details"), function (one) { return !one.open; });
    opened.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (one) { one.open = false; });
  });

  // the tab key stops at a table only where there is something to scroll to
  function stops() {
    Array.prototype.forEach.call(document.querySelectorAll(".scroll"), function (one) {
      if (one.scrollWidth > one.clientWidth) { one.tabIndex = 0; } else { one.removeAttribute("tabindex"); }
    });
  }
  stops();
  window.addEventListener("resize", stops);
  document.addEventListener("toggle", stops, true);

  var source = document.getElementById("what-if-data");
  var strip = document.getElementById("strip");
  if (!source || !strip) { return; }
  var data = JSON.parse(source.textContent);
  var sliders = Array.prototype.slice.call(strip.querySelectorAll("input[type=range]"));
  var outputs = strip.querySelectorAll("output");
  var said = document.getElementById("what-if-said");

  // the point nearest to the wish; the role that was moved last counts most, so that moving it does something
  function nearest(wish, moved) {
    var best = 0, least = Infinity;
    data.points.forEach(function (point, number) {
      var far = 0;
      point.people.forEach(function (count, role) {
        far += Math.abs(count - wish[role]) * (role === moved ? 1000 : 1);
      });
      if (far < least) { least = far; best = number; }
    });
    return best;
  }

  function text(node, value) { node.textContent = value; }

  function show(number, exact) {
    var point = data.points[number];
    point.people.forEach(function (count, role) {
      sliders[role].value = String(count);
      sliders[role].setAttribute("aria-valuetext", count + " " + data.roles[role]);
      text(outputs[role], String(count));
    });
    text(said, exact ? point.said : data.nearest + " " + point.said);
    said.classList.toggle("other", !exact);
    strip.setAttribute("data-point", String(number));
    Array.prototype.forEach.call(strip.querySelectorAll(".measure"), function (box) {
      var figure = point.shown[box.getAttribute("data-measure")];
      text(box.querySelector(".value"), figure ? figure.value : "–");
      text(box.querySelector(".below"), figure ? figure.below : "");
      box.querySelector("svg").setAttribute("visibility", figure ? "visible" : "hidden");
      if (!figure) { return; }
      var span = box.querySelector(".span"), middle = box.querySelector("circle"), base = box.querySelector(".from");
      span.setAttribute("x1", figure.at[1]); span.setAttribute("x2", figure.at[2]);
      middle.setAttribute("cx", figure.at[0]);
      base.setAttribute("visibility", figure.base === null ? "hidden" : "visible");
      if (figure.base !== null) { base.setAttribute("x1", figure.base); base.setAttribute("x2", figure.base); }
    });
  }

  function move(role, to) {
    var wish = sliders.map(function (one) { return Number(one.value); });
    var now = data.points[Number(strip.getAttribute("data-point"))].people;
    var up = to > now[role];
    wish[role] = to;
    var number = nearest(wish, role);
    // where no point has just as many, go on in the direction in which the reader went
    if (data.points[number].people[role] === now[role] && to !== now[role]) {
      var beyond = data.points.map(function (point, place) { return place; }).filter(function (place) {
        var count = data.points[place].people[role];
        return up ? count > now[role] : count < now[role];
      });
      beyond.sort(function (a, b) {
        var first = data.points[a].people, second = data.points[b].people;
        var far = Math.abs(first[role] - now[role]) - Math.abs(second[role] - now[role]);
        if (far !== 0) { return far; }
        function rest(people) {
          return people.reduce(function (sum, count, place) { return sum + (place === role ? 0 : Math.abs(count - now[place])); }, 0);
        }
        return rest(first) - rest(second);
      });
      if (beyond.length) { number = beyond[0]; }
    }
    var exact = data.points[number].people.every(function (count, place) { return count === wish[place]; });
    show(number, exact);
  }

  sliders.forEach(function (slider, role) {
    slider.addEventListener("input", function () { move(role, Number(slider.value)); });
  });
  Array.prototype.forEach.call(strip.querySelectorAll("button.step"), function (button) {
    button.addEventListener("click", function () {
      var role = Number(button.getAttribute("data-role"));
      move(role, Number(sliders[role].value) + Number(button.getAttribute("data-by")));
    });
  });
  document.getElementById("what-if-back").addEventListener("click", function () { show(data.first, true); });
  strip.hidden = false;
  show(data.first, true);
})();
