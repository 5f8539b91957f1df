// Everything on the slides that does not fit, as lines of text: slide, what is wrong, and where.
() => {
  const found = [];
  const LOWEST = 44; // px above the lower edge of a slide: below stand its number and its source
  document.querySelectorAll("svg.bespoke-marp-slide section").forEach((slide, index) => {
    const say = (what, text) => found.push(`slide ${index + 1}: ${what}: ${text.trim().slice(0, 60)}`);
    const room = slide.getBoundingClientRect();
    const scale = 1280 / room.width;
    const footer = slide.querySelector("footer");
    const bottom = footer ? footer.getBoundingClientRect().top : room.bottom - LOWEST / scale;
    for (const part of slide.querySelectorAll("h1, h2, p, li, pre, table, svg.drawing")) {
      const place = part.getBoundingClientRect();
      if (place.right > room.right - 20 / scale) say("too wide", part.textContent);
      if (place.bottom > bottom + 1) say("too low", part.textContent);
      if (part.tagName === "PRE" && part.scrollWidth > part.clientWidth + 1) say("too wide", part.textContent);
      if (parseFloat(getComputedStyle(part).fontSize) < 22) say("too small", part.textContent);
    }
    if (footer && footer.getBoundingClientRect().height * scale > 60) say("too long", footer.textContent);
    for (const drawing of slide.querySelectorAll("svg.drawing")) {
      const { width, height } = drawing.viewBox.baseVal;
      const name = drawing.getAttribute("aria-label");
      if (drawing.getScreenCTM().a * scale < 0.8) say("drawn too small", name);
      const boxes = [...drawing.querySelectorAll("rect")].map((one) => one.getBBox());
      const texts = [...drawing.querySelectorAll("text")].map((one) => [one.textContent, one.getBBox()]);
      texts.forEach(([text, own], number) => {
        if (own.x < 0 || own.y < 0 || own.x + own.width > width || own.y + own.height > height) say("outside of its drawing", text);
        const [x, y] = [own.x + own.width / 2, own.y + own.height / 2];
        const around = boxes.filter((box) => box.x < x && x < box.x + box.width && box.y < y && y < box.y + box.height);
        const box = around.sort((one, other) => one.width * one.height - other.width * other.height)[0];
        if (box && (own.x < box.x + 3 || own.x + own.width > box.x + box.width - 3)) say("wider than its box", text);
        for (const [other, its] of texts.slice(number + 1)) {
          const across = own.x < its.x + its.width && its.x < own.x + own.width;
          const down = own.y + 4 < its.y + its.height - 4 && its.y + 4 < own.y + own.height - 4;
          if (across && down) say("over another text", `${text} / ${other}`);
        }
      });
    }
  });
  return found;
}
