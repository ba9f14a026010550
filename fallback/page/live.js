// What an open page does: it asks for news and shows them in place, notices when the
// shop is back, and puts the reader's language first. Every word it shows stands in the
// page already or comes with the feed. For browsers of 2017: no syntax later than that.
(() => {
const page = document;
const box = page.querySelector("[data-feed]");
if (!box || !self.fetch) return;
// the feed at the status address, and the same one below this page's own
const minute = 6e4, far = box.dataset.feed, own = far.slice(far.indexOf("/_fallback/"));
// at its own status address the page cannot see the shop
const visiting = far.indexOf(location.origin + "/");
const all = (name) => page.querySelectorAll(`[data-live="${name}"]`);
// browsers that run no script may show what is hidden, so its words stand elsewhere
const show = (name, on) => all(name).forEach((part) => {
  if (part.hidden == !on) return; // said once
  part.hidden = !on;
  if (part.dataset.says) part.textContent = on ? part.dataset.says : "";
});
const list = all("log")[0], known = {};
let after = JSON.parse(box.dataset.after);
let failures = 0, polls = 0, back = 0, last = Date.now(), busy, paused, take, timer, going;

// what did not change is not touched, so that nobody hears it twice
const say = (said) => {
  for (const name in said) all(name).forEach((part) => {
    const key = part.tagName == "TIME" ? "dateTime" : "textContent";
    if (part[key] != said[name]) part[key] = said[name];
    part.hidden = !said[name];
  });
  if (said.title) page.title = said.title;
};

// some sentences change by themselves: when an ETA passes, or planned work begins
const age = (said) => say(after.reduce((now, [moment, later]) =>
  Date.parse(moment) < Date.now() ? Object.assign(now, later) : now, said));

const entry = (item) => {
  const copy = page.importNode(page.querySelector("template").content, true);
  const row = copy.querySelector("li"), told = item._fallback;
  row.id = told.id;
  row.className = told.state || "";
  copy.querySelectorAll("[data-slot]").forEach((part) => {
    const text = told[part.dataset.slot];
    if (part.tagName == "TIME") part.dateTime = item.date_published;
    if (part.dataset.slot == "html") {
      part.innerHTML = item.content_html;
      part.parentNode.lang = item.language;
      part.parentNode.dir = told.dir;
    } else if (text) part.textContent = text;
    else part.remove();
  });
  return row;
};

const tell = (feed) => {
  const told = feed._fallback, first = list && list.querySelector("time");
  const newest = first ? Date.parse(first.dateTime) : 0;
  after = told.after.slice();
  age(Object.assign({}, told.said));
  page.querySelectorAll("[data-state]").forEach((part) => {
    part.dataset.state = told.state;
  });
  if (list) feed.items.reverse().forEach((item) => {
    const told = JSON.stringify(item), old = page.getElementById(item._fallback.id);
    if (old && known[item.id] && known[item.id] != told) old.replaceWith(entry(item));
    if (!old && Date.parse(item.date_published) >= newest) {
      list.insertBefore(entry(item), list.firstChild);
      show("messages", true);
    }
    known[item.id] = told;
  });
};

// a server that takes the question and never answers, or never to its end, fails
const ask = (address, read) => Promise.race([
  fetch(address, { cache: "no-cache", credentials: "omit", redirect: "manual" }).then(read),
  new Promise((_, fail) => setTimeout(fail, minute / 3)),
]);

// twice something else than this page: then it is the shop. It may lead on to another
// name, which is as good an answer; a 5xx is not
const look = async () => {
  let shop = false;
  try {
    shop = await ask("/", async (seen) => seen.type == "opaqueredirect" ||
      seen.status == 200 && !/name="generator" content="fallback"/.test(await seen.text()));
  } catch (_) {}
  back = shop ? back + 1 : 0;
  show("back", back > 1);
  go();
};

// everybody at once would fell the shop again
const go = () => {
  show("taking", take && back > 1);
  if (!take || back < 2) return clearTimeout(going), going = 0;
  if (!going) going = setTimeout(async () => {
    going = 0;
    back = 1;
    await look();
    if (take && back > 1) location.reload();
  }, Math.random() * 10 * minute);
};

const poll = async () => {
  if (busy) return;
  busy = true;
  last = Date.now();
  try {
    tell(await ask(failures % 2 ? own : far, (seen) => seen.json()));
    failures = 0;
  } catch (_) {
    failures++;
  }
  show("unchecked", failures);
  // who stays here when the shop is back asks it no more often than before
  if (visiting && (failures || back == 1 || polls++ % 5 == 4)) await look();
  busy = false;
  plan();
};

const plan = () => {
  clearTimeout(timer);
  if (paused || page.hidden) return;
  const wait = minute * Math.min(16, 2 ** failures) * (.8 + Math.random() * .4);
  // a clock that was set back must not make it wait for longer
  const left = Math.min(wait, last + wait - Date.now());
  timer = setTimeout(poll, Math.max(1e3 * Math.random(), left));
};

const button = (name, press) => all(name).forEach((part) => {
  const made = page.createElement("button");
  let on = false;
  made.textContent = part.dataset.says;
  (made.onclick = () => {
    made.setAttribute("aria-pressed", on);
    press(on);
    on = !on;
    go();
    plan();
  })();
  part.replaceWith(made);
});
button("pause", (on) => { paused = on; });
button("take", (on) => { take = on; });
page.addEventListener("visibilitychange", plan);
for (const wanted of navigator.languages || []) {
  const code = wanted.split("-")[0];
  if (page.documentElement.lang.split("-")[0] == code) break;
  const other = page.querySelector(`[data-other][lang|="${code}"]`);
  if (other) {
    const title = page.querySelector("h1");
    title.parentNode.insertBefore(other, title);
    break;
  }
}
setInterval(() => age({}), minute / 4);
age({});
show("on", true);
plan();
})();
