// What an open page does: it asks for news and shows them in place, notices when the
// shop is back, and puts the reader's language first. Every word it shows stands in the
// page already or comes with the feed. For browsers of 2017: no syntax later than that.
// Every letter travels with the page: what is said twice alike is compressed to nothing.
document.querySelectorAll("[data-feed]").forEach((box) => {
const page = document, minute = 6e4;
// the feed at the status address, and the same one below this page's own
const far = box.dataset.feed, own = far.slice(far.indexOf("/_fallback/"));
// at its own status address the page cannot see the shop
const visiting = far.indexOf(location.origin + "/");
const each = (part, change) => page.querySelectorAll(`[data-${part}]`).forEach(change);
const pressed = {};
let after = JSON.parse(box.dataset.after);
let failures = 0, polls = 0, back = 0, last = Date.now(), busy, timer, going;

// Says each sentence by its name: a text, or whether to say what the page holds ready.
// Browsers without script may show what is hidden, so those words are an attribute's.
// What did not change is not touched, so that nobody hears it twice
const say = (said) => {
  for (const name in said) each("live=" + name, (part) => {
    const key = "dateTime" in part ? "dateTime" : "textContent";
    const text = said[name] ? part.dataset.says || said[name] : "";
    if (part[key] != text) part[key] = text;
    part.hidden = !text;
  });
};

// some sentences change by themselves: when an ETA passes, or planned work begins
const age = (said) => {
  after.forEach(([moment, later]) => {
    if (Date.parse(moment) < Date.now()) Object.assign(said, later);
  });
  say(said);
  page.title = said.title || page.title;
};

const tell = (feed) => {
  const told = feed._fallback;
  after = [...told.after];
  age(told.said);
  each("state", (part) => part.dataset.state = told.state);
  each("live=log", (list) => {
    const fresh = list.cloneNode();
    fresh.innerHTML = told.log; // as it stands in the page that is published now
    // what the owner took back goes; what only moved to the earlier pages stays
    [...list.children].forEach((old) => {
      if (old.querySelector("time").dateTime >= told.from && // all in the shop's zone
        !fresh.querySelector(`[id="${old.id}"]`)) old.remove();
    });
    let at = list.firstElementChild;
    [...fresh.children].forEach((row) => {
      const old = page.getElementById(row.id);
      if (old) at = old.nextElementSibling;
      if (!old) list.insertBefore(row, at);
      else if (old.outerHTML != row.outerHTML) old.replaceWith(row);
    });
    each("live=messages", (part) => part.hidden = !list.firstElementChild);
  });
};

// a server that takes the question and never answers, or never to its end, fails
const ask = (address, read) => new Promise((done, fail) => {
  setTimeout(fail, minute / 3);
  fetch(address, { cache: "no-cache", credentials: "omit", redirect: "manual" })
    .then(read).then(done, fail);
});

// twice something else than this page: then it is the shop. It may lead on to another
// name, which is as good an answer; a 5xx is not
const look = async () => {
  try {
    back = await ask("/", async (seen) => seen.type == "opaqueredirect" ||
      seen.status == 200 && !/name="generator" content="fallback"/.test(await seen.text()))
      ? back + 1 : 0;
  } catch (_) {
    back = 0;
  }
  say({ back: back > 1 });
  go();
};

// everybody at once would fell the shop again
const go = () => {
  const ready = pressed.take && back > 1;
  say({ taking: ready });
  going = ready ? going || setTimeout(async () => {
    going = 0;
    back = 1;
    await look();
    if (going) location.reload();
  }, Math.random() * 10 * minute) : clearTimeout(going);
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
  say({ unchecked: failures });
  // who stays here when the shop is back asks it no more often than before
  if (visiting && (failures || back == 1 || polls++ % 5 == 4)) await look();
  busy = false;
  plan();
};

const plan = () => {
  clearTimeout(timer);
  if (pressed.pause || page.hidden) return;
  const wait = minute * Math.min(16, 2 ** failures) * (.8 + Math.random() * .4);
  // a clock that was set back must not make it wait for longer
  const left = Math.min(wait, last + wait - Date.now());
  timer = setTimeout(poll, Math.max(1e3 * Math.random(), left));
};

["pause", "take"].forEach((name) => each("live=" + name, (part) => {
  const button = page.createElement("button");
  button.textContent = part.dataset.says;
  pressed[name] = true;
  (button.onclick = () => {
    button.setAttribute("aria-pressed", pressed[name] = !pressed[name]);
    go();
    plan();
  })();
  part.replaceWith(button);
}));
page.addEventListener("visibilitychange", plan);
(navigator.languages || []).some((wanted) => {
  const like = `[lang|="${wanted.split("-")[0]}"]`;
  const found = page.querySelector(`html${like},.other${like},.elsewhere ${like}`);
  if (found && found.parentNode != page) page.querySelector("h1").before(found);
  return found;
});
setInterval(() => age({}), minute / 4);
age({});
say({ on: true });
plan();
});
