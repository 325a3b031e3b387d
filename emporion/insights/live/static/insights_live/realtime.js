// data-realtime on a section: keeps the list of who is here fresh, by pushes over a WebSocket or by asking every five seconds,
// and draws the people of the list on a map or a globe. The list is the table beside the picture; a pin opens to its line of it.
const POLL_MS = 5_000;
const SETTLE_MS = 1_500; // an event is in the store, and so in the list, this long after it was pushed

for (const root of document.querySelectorAll("[data-realtime]")) start(root);

async function start(root) {
  const list = root.querySelector("[data-now]");
  const popup = popups(root, list);
  // Without the picture the list is still kept fresh.
  const map = await world(root, popup.open).catch(() => ({ people() {}, ping() {} }));
  let asking = false;
  let again = false;
  const refresh = async () => {
    if (asking) return void (again = true);
    asking = true;
    try {
      const answer = await fetch(root.dataset.feed, { headers: { "X-Requested-With": "fetch" } });
      if (answer.ok) {
        list.innerHTML = await answer.text();
        root.querySelector("[data-count]").textContent = list.querySelector("[data-visitors]").dataset.visitors;
        map.people(people(list));
        popup.renew();
        document.dispatchEvent(new CustomEvent("emporion:arrived", { detail: list }));
      }
    } catch {
      root.dataset.state = "away";
    }
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  };
  map.people(people(list));
  setInterval(() => document.hidden || refresh(), POLL_MS);
  listen(root, (step) => {
    map.ping(step.country, step.visitor);
    tell(root, step);
    setTimeout(refresh, SETTLE_MS);
  });
}

function people(list) {
  return [...list.querySelectorAll("[data-country]")].map((row) => ({ id: row.dataset.visitor, country: row.dataset.country, paid: row.dataset.paid === "1", high: row.dataset.high === "1" }));
}

// What the list says of one person, beside their pin: each cell under the head of its column.
function popups(root, list) {
  const box = root.querySelector("[data-pin]");
  const facts = box.querySelector("dl");
  let shown = "";
  const fill = () => {
    const row = shown && list.querySelector(`tr[data-visitor="${CSS.escape(shown)}"]`);
    if (!row) return false;
    const heads = [...row.closest("table").querySelectorAll("thead th")];
    facts.replaceChildren(
      ...[...row.cells].flatMap((cell, at) => {
        const said = cell.cloneNode(true);
        if (!said.textContent.trim()) return [];
        const [name, value] = [document.createElement("dt"), document.createElement("dd")];
        name.textContent = heads[at]?.textContent ?? "";
        value.append(...said.childNodes);
        return [name, value];
      }),
    );
    return true;
  };
  const close = () => {
    shown = "";
    box.hidden = true;
  };
  box.querySelector("button").addEventListener("click", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  return {
    open(id, x, y) {
      shown = id ?? "";
      if (!fill()) return close();
      box.hidden = false;
      const room = box.parentElement.clientWidth - box.offsetWidth - 8;
      box.style.left = `${Math.max(8, Math.min(x + 12, room))}px`;
      box.style.top = `${y + 12}px`;
    },
    renew() {
      if (!box.hidden && !fill()) close();
    },
  };
}

// The newest of what was pushed, above the list, until the list itself has it.
function tell(root, step) {
  const feed = root.querySelector("[data-feed-lines]");
  const line = document.createElement("li");
  line.textContent = [step.country || "?", step.kind === "pageview" ? step.path : step.name || step.kind, step.source].filter(Boolean).join(" · ");
  feed.prepend(line);
  while (feed.children.length > 6) feed.lastElementChild.remove();
}

function listen(root, heard, wait = 1_000) {
  const address = new URL(root.dataset.socket, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  socket.addEventListener("open", () => {
    root.dataset.state = "live";
    wait = 1_000;
  });
  socket.addEventListener("message", (message) => heard(JSON.parse(message.data)));
  socket.addEventListener("close", () => {
    root.dataset.state = "polling";
    setTimeout(() => listen(root, heard, Math.min(wait * 2, 60_000)), wait);
  });
}

async function world(root, opened) {
  const canvas = root.querySelector("canvas");
  const [atlas, codes] = await Promise.all([canvas.dataset.atlas, canvas.dataset.codes].map((url) => fetch(url).then((answer) => answer.json())));
  const { d3, topojson } = window;
  const lands = topojson.feature(atlas, atlas.objects.countries).features;
  const numbers = new Map(codes.map(([two, , number]) => [two, number]));
  const middles = new Map(lands.map((land) => [land.id, d3.geoCentroid(land)]));
  const pings = new Map();
  let here = [];
  let turn = 0;
  let isGlobe = false;
  let spots = [];
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const draw = () => {
    const { width } = canvas.getBoundingClientRect();
    const height = isGlobe ? Math.min(width, 420) : width * 0.5;
    const ratio = devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const colour = (name) => getComputedStyle(root.querySelector(`[data-colour=${name}]`)).color;
    const projection = (isGlobe ? d3.geoOrthographic().rotate([turn, -18]) : d3.geoNaturalEarth1()).fitExtent([[4, 4], [width - 4, height - 4]], { type: "Sphere" });
    const path = d3.geoPath(projection, pen);
    fill(pen, path, { type: "Sphere" }, colour("sea"));
    const ground = colour("land");
    for (const land of lands) fill(pen, path, land, ground);
    const [person_, high_, paid_] = [colour("person"), colour("high"), colour("paid")];
    const now = performance.now();
    spots = [];
    for (const person of here) {
      const spot = place(person);
      if (!spot || (isGlobe && d3.geoDistance(spot, [-turn, 18]) > Math.PI / 2)) continue;
      const [x, y] = projection(spot);
      spots.push({ id: person.id, x, y });
      const age = now - (pings.get(person.id) ?? -1e9);
      if (age < 2_000 && !still) ring(pen, x, y, age / 2_000, person_);
      pen.beginPath();
      pen.arc(x, y, person.high ? 6 : 4, 0, 2 * Math.PI);
      pen.fillStyle = person.paid ? paid_ : person.high ? high_ : person_;
      pen.fill();
    }
  };
  // People of one country stand around its middle, each always at the same place, so that two are not one.
  const place = ({ id, country }) => {
    const middle = numbers.has(country) ? middles.get(numbers.get(country)) : null;
    if (!middle) return null;
    const seed = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
    return [middle[0] + ((seed % 100) / 100 - 0.5) * 5, middle[1] + ((Math.floor(seed / 100) % 100) / 100 - 0.5) * 4];
  };
  const loop = () => {
    if (isGlobe && !still) turn += 0.15;
    draw();
    if (!still && (isGlobe || [...pings.values()].some((at) => performance.now() - at < 2_000))) requestAnimationFrame(loop);
    else running = false;
  };
  let running = false;
  const wake = () => {
    if (running) return;
    running = true;
    requestAnimationFrame(loop);
  };
  new ResizeObserver(wake).observe(canvas.parentElement);
  new MutationObserver(wake).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  for (const choice of root.querySelectorAll("[name=projection]")) {
    choice.addEventListener("change", () => {
      isGlobe = choice.value === "globe" && choice.checked;
      wake();
    });
  }
  const unplaced = root.querySelector("[data-unplaced]");
  const near = ({ offsetX, offsetY }) => {
    const far = ({ x, y }) => Math.hypot(x - offsetX, y - offsetY);
    return spots.filter((one) => far(one) < 16).sort((one, other) => far(one) - far(other))[0];
  };
  canvas.addEventListener("click", (event) => {
    const found = near(event);
    opened(found?.id, (found?.x ?? 0) + canvas.offsetLeft, (found?.y ?? 0) + canvas.offsetTop);
  });
  canvas.addEventListener("pointermove", (event) => (canvas.style.cursor = near(event) ? "pointer" : ""));
  wake();
  return {
    people(list) {
      here = list;
      const count = here.filter((person) => !place(person)).length;
      unplaced.hidden = !count;
      unplaced.querySelector("b").textContent = count;
      wake();
    },
    ping(country, id) {
      pings.set(id, performance.now());
      if (!here.some((person) => person.id === id)) here = [...here, { id, country, paid: false }];
      wake();
    },
  };
}

function fill(pen, path, shape, colour) {
  pen.beginPath();
  path(shape);
  pen.fillStyle = colour;
  pen.fill();
}

function ring(pen, x, y, share, colour) {
  pen.beginPath();
  pen.arc(x, y, 4 + share * 18, 0, 2 * Math.PI);
  pen.strokeStyle = colour;
  pen.globalAlpha = 1 - share;
  pen.stroke();
  pen.globalAlpha = 1;
}
